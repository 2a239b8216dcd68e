environment = "prod"

# The sizes of helm/sample-app/values-prod.yaml.
replicas = { min = 3, max = 10 }
resources = {
  requests = { cpu = 250, memory = 256 }
  limits   = { cpu = 1000, memory = 1024 }
}

# max has room for the quotas of every environment on the cluster.
nodes             = { min = 3, max = 12 }
nat_per_zone      = true
private_endpoints = true

# Slipway's functions run outside of the VPC, where they have no fixed addresses; every call needs a token of a role that has an access entry.
api_server_public_cidrs = ["0.0.0.0/0"]
administrators          = ["platform-administrator"]

github_workflows = { sample-app = { environment = "prod" } }

# This repository's own workflows (.github/workflows/), for each a GitHub environment.
platform_workflows = { repository = "acme/slipway", environments = { plan = "plan", deploy = "prod" }, state_bucket = "acme-slipway-states" }

budget = { monthly_dollars = 900, mail = ["platform@example.com"] }
