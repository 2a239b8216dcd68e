# What a plan refuses. Each value would otherwise be found out by AWS or Kubernetes, late, or by nobody.
# Several in a run, since each run starts the provider anew.
mock_provider "aws" {
  source = "./tests/account"
}

variables {
  environment = "prod"
  replicas    = { min = 3, max = 10 }
  resources = {
    requests = { cpu = 250, memory = 256 }
    limits   = { cpu = 1000, memory = 1024 }
  }
  nodes                   = { min = 3, max = 12 }
  nat_per_zone            = true
  private_endpoints       = true
  api_server_public_cidrs = ["198.51.100.0/24"]
  administrators          = ["platform-administrator"]
  budget                  = { monthly_dollars = 900, mail = ["platform@example.com"] }
}

run "too_much_or_too_little" {
  command = plan
  variables {
    replicas            = { min = 3, max = 16 }
    nodes               = { min = 3, max = 5 }
    vpc_cidr            = "10.0.0.0/20"
    kubernetes_version  = "1.29"
    administrators      = ["slipway-environment-dev"]
    github_workflows    = { sample-app = {} }
    account             = "prod"
    untagged_image_days = 0
    zones               = ["a"]
    platform_workflows  = { repository = "acme/*", environments = { plan = "prod", deploy = "prod" }, state_bucket = "states" }
  }
  expect_failures = [
    var.replicas, var.nodes, var.vpc_cidr, var.kubernetes_version, var.administrators, var.github_workflows, var.account, var.untagged_image_days, var.zones,
    var.platform_workflows,
  ]
}

run "inconsistent" {
  command = plan
  variables {
    api_server_public_cidrs = []
    private_endpoints       = false
    resources               = { requests = { cpu = 250, memory = 256 }, limits = { cpu = 100, memory = 1024 } }
    nodes                   = { min = 3, max = 12, instance_types = ["t2.micro"] }
    administrators          = []
    github_workflows        = { sample-app = { branch = "*" } }
    budget                  = { monthly_dollars = 900, mail = [] }
    log_days                = 7
    region                  = "virginia"
    control_plane           = { stack = "a stack" }
  }
  expect_failures = [
    var.private_endpoints, var.resources, var.nodes, var.administrators, var.github_workflows, var.budget, var.log_days, var.region, var.control_plane,
  ]
}

run "of_something_else" {
  command = plan
  variables {
    replicas         = { min = 3, max = 2 }
    vpc_cidr         = "10.0.0.1/16"
    github_workflows = { stranger = { branch = "main" } }
    administrators   = ["arn:aws:iam::123456789012:role/platform-administrator"]
  }
  expect_failures = [var.replicas, var.vpc_cidr, var.github_workflows, var.administrators]
}

run "pods_too_large" {
  command = plan
  variables {
    resources = { requests = { cpu = 250, memory = 256 }, limits = { cpu = 2000, memory = 1024 } }
  }
  expect_failures = [var.resources]
}
