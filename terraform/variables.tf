variable "environment" {
  description = "The environment of slipway.yaml whose cluster this is, and whose sizes these are. Use the most demanding one of those on a cluster."
  type        = string
  validation {
    condition     = contains(keys(local.platform.environments), var.environment)
    error_message = "environment: slipway.yaml has no ${var.environment}. Name one of ${join(", ", keys(local.platform.environments))}, or add it there first."
  }
}

variable "region" {
  description = "Where all of it is built. slipway.yaml has no region: functions and clusters share one."
  type        = string
  default     = "us-east-1"
  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region: ${var.region} isn't a region's name, such as us-east-1."
  }
}

variable "account" {
  description = "The account that this environment is built in; with any other credentials the plan ends. Empty: that of the credentials."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^([0-9]{12})?$", var.account))
    error_message = "account: give the 12 digits of an AWS account, or leave it out."
  }
}

variable "first_in_account" {
  description = "Also make what an account has once: image repositories, GitHub's identity provider, the budget. false for a second cluster in it."
  type        = bool
  default     = true
}

variable "control_plane" {
  description = "Where `sam deploy` puts Slipway: its stack, and its account if that isn't this one. Its functions may take on the environments' roles."
  type = object({
    stack   = optional(string, "slipway")
    account = optional(string, "")
  })
  default = {}
  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{0,26}$", var.control_plane.stack)) && can(regex("^([0-9]{12})?$", var.control_plane.account))
    error_message = <<-EOT
      control_plane: stack is the name that samconfig.toml gives (letters, digits and hyphens, at most 27, since CloudFormation cuts the names of roles short
      behind it), account is 12 digits or left out.
    EOT
  }
}

variable "vpc_cidr" {
  description = "Addresses of the network. The first /27 is the control plane's, which helm/environment admits to the pods."
  type        = string
  default     = "10.0.0.0/16"
  validation {
    condition     = try("${cidrhost(var.vpc_cidr, 0)}/16" == var.vpc_cidr, false)
    error_message = "vpc_cidr: give a /16 by its first address, such as 10.0.0.0/16. Smaller ones run out of the whole /28 blocks that nodes take for pods."
  }
}

variable "zones" {
  description = "Letters of two availability zones. EKS builds no control planes in use1-az3, usw1-az2 and cac1-az3, which have another letter in each account."
  type        = list(string)
  default     = ["a", "b"]
  validation {
    condition     = length(distinct(var.zones)) == 2 && alltrue([for letter in var.zones : can(regex("^[a-f]$", letter))]) && length(var.zones) == 2
    error_message = "zones: two different letters, such as a and b; EKS wants two zones, and the control plane's addresses are cut for two."
  }
}

variable "nat_per_zone" {
  description = "A NAT gateway in each zone. With one for both, nodes of the other zone lose the internet with it."
  type        = bool
}

variable "private_endpoints" {
  description = "Reach AWS's services by endpoints in the VPC, without NAT: about 190 dollars a month, and needed where the API server is private."
  type        = bool
  validation {
    condition     = var.private_endpoints || length(var.api_server_public_cidrs) > 0
    error_message = "private_endpoints: the API server is private (api_server_public_cidrs is empty), so the VPC needs its endpoints. Set true."
  }
}

variable "api_server_public_cidrs" {
  description = "Who may speak to the Kubernetes API from outside of the VPC, with a valid token. Empty: nobody."
  type        = list(string)
  validation {
    condition     = alltrue([for cidr in var.api_server_public_cidrs : can(cidrhost(cidr, 0))])
    error_message = "api_server_public_cidrs: each one is a network such as 198.51.100.0/24."
  }
}

variable "kubernetes_version" {
  description = "Minor version of the cluster. helm/environment needs 1.30."
  type        = string
  default     = "1.34"
  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version)) && try(tonumber(split(".", var.kubernetes_version)[1]) >= 30, false)
    error_message = "kubernetes_version: give a minor version from 1.30 on, such as 1.34, in quotes."
  }
}

variable "administrators" {
  description = "IAM roles of this account whose holders administer the cluster and install helm/environment. Who makes the cluster gets no rights by that."
  type        = list(string)
  validation {
    condition     = length(var.administrators) > 0 && alltrue([for role in var.administrators : can(regex("^[A-Za-z0-9+=,.@_-][A-Za-z0-9+=,.@_/-]*$", role))])
    error_message = "administrators: name at least one IAM role, by its name and not by its ARN; without one nobody gets into the cluster."
  }
  validation {
    condition     = length(setintersection(var.administrators, [for each in values(local.environments) : each.role])) == 0
    error_message = "administrators: the role of an environment can't be one, it would reach every namespace."
  }
}

variable "replicas" {
  description = "Pods of a service, as its chart's values file says (autoscaling.minReplicas and maxReplicas, or replicas). The quota must have room."
  type        = object({ min = number, max = number })
  validation {
    condition     = var.replicas.min >= 1 && var.replicas.max >= var.replicas.min && alltrue([for each in values(var.replicas) : floor(each) == each])
    error_message = "replicas: min is a whole number from 1 on, and max isn't below min."
  }
  validation {
    condition     = 2 * var.replicas.max <= local.own_quota.pods
    error_message = <<-EOT
      replicas: a rollout of ${var.replicas.max} replicas has ${2 * var.replicas.max} pods, the quota of ${var.environment} allows ${local.own_quota.pods}.
      Lower max, or raise quotas.${var.environment}.pods in helm/environment/values.yaml.
    EOT
  }
}

variable "resources" {
  description = "What a pod requests, and its limits: millicores and MiB."
  type = object({
    requests = object({ cpu = number, memory = number })
    limits   = object({ cpu = number, memory = number })
  })
  validation {
    condition = (
      var.resources.requests.cpu > 0 && var.resources.requests.memory > 0
      && var.resources.limits.cpu >= var.resources.requests.cpu && var.resources.limits.memory >= var.resources.requests.memory
    )
    error_message = "resources: requests are above 0, and no limit is below its request; Kubernetes would refuse the pods."
  }
  validation {
    condition = (
      local.largest_rollout * var.resources.requests.cpu <= local.own_quota.requests_cpu
      && local.largest_rollout * var.resources.requests.memory <= local.own_quota.requests_memory
      && local.largest_rollout * var.resources.limits.cpu <= local.own_quota.limits_cpu
      && local.largest_rollout * var.resources.limits.memory <= local.own_quota.limits_memory
    )
    error_message = <<-EOT
      resources: ${local.largest_rollout} pods of this size, as many as the largest rollout has, are more than the quota of ${var.environment} allows.
      Lower resources or replicas.max, or raise quotas.${var.environment} in helm/environment/values.yaml.
    EOT
  }
}

variable "nodes" {
  description = "Instances of the managed node group. Spot ones cost a third and may be taken away within two minutes."
  type = object({
    instance_types = optional(list(string), ["t3.medium"])
    spot           = optional(bool, false)
    min            = number
    max            = number
  })
  validation {
    condition     = length(var.nodes.instance_types) > 0 && length(setsubtract(var.nodes.instance_types, keys(local.room))) == 0
    error_message = "nodes: instance_types are some of ${join(", ", keys(local.room))}; to use another one, say in platform.tf how much room it has."
  }
  validation {
    condition     = var.nodes.min >= 1 && var.nodes.max >= var.nodes.min
    error_message = "nodes: min is 1 or more, and max isn't below min."
  }
  validation {
    condition = alltrue([
      for type in var.nodes.instance_types :
      var.nodes.max * try(local.room[type].cpu, 0) >= local.quotas_request.cpu
      && var.nodes.max * try(local.room[type].memory, 0) >= local.quotas_request.memory
    ])
    error_message = <<-EOT
      nodes: the quotas of ${join(", ", keys(local.environments))} together allow requests of ${local.quotas_request.cpu} millicores and
      ${local.quotas_request.memory} MiB, for which ${var.nodes.max} nodes have no room (platform.tf says what one has).
      Raise max, take larger instances, or lower the quotas in helm/environment/values.yaml.
    EOT
  }
}

variable "log_days" {
  description = "How long logs of the control plane and of the network are kept."
  type        = number
  default     = 365
  validation {
    condition     = contains([30, 60, 90, 180, 365, 400, 731], var.log_days)
    error_message = "log_days: CloudWatch keeps logs for 30, 60, 90, 180, 365, 400 or 731 days."
  }
}

variable "untagged_image_days" {
  description = "Images without a tag are removed after so many days: what a broken push left behind. Releases always have the tag of their commit."
  type        = number
  default     = 14
  validation {
    condition     = var.untagged_image_days >= 1
    error_message = "untagged_image_days: 1 or more."
  }
}

variable "pulling_accounts" {
  description = "Other accounts whose clusters run these images: those of environments that slipway.yaml puts there."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for account in var.pulling_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "pulling_accounts: each one is 12 digits."
  }
}

variable "github_workflows" {
  description = "Services whose GitHub workflows may read images and findings, from one environment or branch, and call Slipway's API if its api_id is given."
  type = map(object({
    environment = optional(string, "")
    branch      = optional(string, "")
    api_id      = optional(string, "")
  }))
  default = {}
  validation {
    condition     = alltrue([for each in values(var.github_workflows) : (each.environment == "") != (each.branch == "")])
    error_message = "github_workflows: give each service either an environment or a branch; with neither, every pull request would get the role."
  }
  validation {
    condition = alltrue([
      for each in values(var.github_workflows) :
      can(regex("^[A-Za-z0-9._-]*$", each.environment)) && can(regex("^[A-Za-z0-9._/-]*$", each.branch)) && can(regex("^[a-z0-9]*$", each.api_id))
    ])
    error_message = "github_workflows: environment, branch and api_id are plain names; * and : would let in more than one."
  }
  validation {
    condition     = length(setsubtract(keys(var.github_workflows), keys(local.platform.services))) == 0
    error_message = "github_workflows: name services of slipway.yaml (${join(", ", keys(local.platform.services))}); their repositories are read from there."
  }
}

variable "platform_workflows" {
  description = "This repository at GitHub, its GitHub environments for plans of pull requests and for deploying Slipway, and the bucket of the states."
  type = object({
    repository   = string
    environments = object({ plan = string, deploy = string })
    state_bucket = string
  })
  default = null
  validation {
    condition = (
      var.platform_workflows == null || (
        can(regex("^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$", var.platform_workflows.repository))
        && alltrue([for name in try(values(var.platform_workflows.environments), []) : can(regex("^[A-Za-z0-9._-]+$", name))])
      )
    )
    error_message = "platform_workflows: repository is OWNER/NAME, environments are plain names; * and : would let in more than one."
  }
  validation {
    condition     = var.platform_workflows == null || try(var.platform_workflows.environments.plan != var.platform_workflows.environments.deploy, false)
    error_message = "platform_workflows: pull requests plan, so that the environment for plans can't be the one for deployments."
  }
}

variable "budget" {
  description = "Dollars a month for the whole account, and who gets mail at 80 percent spent and 100 percent forecast."
  type        = object({ monthly_dollars = number, mail = list(string) })
  validation {
    condition = (
      var.budget.monthly_dollars > 0 && length(var.budget.mail) > 0 && length(var.budget.mail) <= 10
      && alltrue([for each in var.budget.mail : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", each))])
    )
    error_message = "budget: more than 0 dollars, and mail to one to ten addresses."
  }
}
