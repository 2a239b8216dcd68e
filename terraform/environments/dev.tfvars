environment = "dev"

# The sizes of helm/sample-app/values-dev.yaml.
replicas = { min = 1, max = 1 }
resources = {
  requests = { cpu = 100, memory = 128 }
  limits   = { cpu = 500, memory = 256 }
}

# Cheap: two kinds of spot instances, so that there is one when the other is wanted, and one NAT.
# max has room for the quotas of every environment on the cluster.
nodes             = { instance_types = ["t3.medium", "t3a.medium"], spot = true, min = 1, max = 10 }
nat_per_zone      = false
private_endpoints = false
log_days          = 30

# Slipway's functions run outside of the VPC, where they have no fixed addresses; every call needs a token of a role that has an access entry.
api_server_public_cidrs = ["0.0.0.0/0"]
administrators          = ["platform-administrator"]

github_workflows = { sample-app = { branch = "main" } }
budget           = { monthly_dollars = 250, mail = ["platform@example.com"] }
