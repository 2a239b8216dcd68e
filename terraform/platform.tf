# What slipway.yaml and helm/environment say already, read from there so that nothing is said twice.
locals {
  platform   = yamldecode(file("${path.module}/../slipway.yaml"))
  chart      = yamldecode(file("${path.module}/../helm/environment/values.yaml"))
  cluster    = local.platform.environments[var.environment].cluster
  account    = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  arn_prefix = "arn:${local.partition}"

  # Everything that lives on this cluster. By default that is every environment; one that names another cluster gets it by a run of its own.
  environments = {
    for name, each in local.platform.environments : name => {
      namespace = each.namespace
      # In slipway.yaml a role is a name, or an ARN when it is another account's.
      given_role = each.role
      role       = reverse(split("/", each.role))[0]
      # As helm/environment calls it (templates/_naming.tpl): it binds the group to one Role in one namespace.
      group = "slipway:${name}"
    } if each.cluster == local.cluster
  }
}

# Sizes, in millicores and MiB, so that they can be compared before somebody waits for a pod that never finds a node.
locals {
  quotas = { for name in keys(local.environments) : name => lookup(local.chart.quotas, name, local.chart.quota) }
  quantities = {
    for name, quota in local.quotas : name => merge({ pods = tonumber(quota.pods) }, {
      for resource, quantity in quota : replace(resource, ".", "_") => (
        endswith(quantity, "m") ? tonumber(trimsuffix(quantity, "m"))
        : endswith(quantity, "Mi") ? tonumber(trimsuffix(quantity, "Mi"))
        : endswith(quantity, "Gi") ? 1024 * tonumber(trimsuffix(quantity, "Gi"))
        : 1000 * tonumber(quantity)
      ) if resource != "pods"
    })
  }
  own_quota = local.quantities[var.environment]
  # A new version stands beside the old one while it is rolled out.
  largest_rollout = 2 * var.replicas.max

  # What a node has left for releases after the system, the addons and the daemon sets: half a core and 1.3 GiB less than it is sold with.
  room = {
    "t3.medium"  = { cpu = 1500, memory = 2700 }
    "t3a.medium" = { cpu = 1500, memory = 2700 }
    "t3.large"   = { cpu = 1500, memory = 6700 }
    "t3a.large"  = { cpu = 1500, memory = 6700 }
    "t3.xlarge"  = { cpu = 3400, memory = 14500 }
    "t3a.xlarge" = { cpu = 3400, memory = 14500 }
  }
  quotas_request = {
    cpu    = sum([for each in values(local.quantities) : each.requests_cpu])
    memory = sum([for each in values(local.quantities) : each.requests_memory])
  }
}
