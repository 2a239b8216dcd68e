output "sam_parameter_overrides" {
  description = "For samconfig.toml: [default.deploy.parameters] parameter_overrides. Where the API server is private, the functions' place in the network, too."
  value = join(" ", concat(["Repositories=${join(",", keys(local.platform.services))}"], local.api_private ? [
    "SubnetIds=${join(",", [for subnet in aws_subnet.private : subnet.id])}",
    "SecurityGroupIds=${aws_security_group.functions[0].id}",
  ] : []))
}

output "stack_name" {
  description = "The stack whose functions may assume the environments' roles; samconfig.toml's stack_name has to be the same."
  value       = var.control_plane.stack
}

output "environments" {
  description = "What each environment is on AWS and in Kubernetes, by its name in slipway.yaml."
  value = {
    for name, each in local.environments : name => {
      cluster   = local.cluster
      namespace = each.namespace
      group     = one(aws_eks_access_entry.environment[name].kubernetes_groups)
      role      = aws_iam_role.environment[name].name
    }
  }
}

output "environment_values" {
  description = "Values of helm/environment for each environment: output -json environment_values > FILE, then make bootstrap CLUSTER=... VALUES=FILE."
  value = {
    for name, each in local.environments : name => {
      environment  = name
      namespace    = each.namespace
      group        = each.group
      controlPlane = { cidrs = [local.control_plane_cidr], port = local.app_port }
    }
  }
}

output "control_plane_cidrs" {
  description = "Where the API server's pod proxy comes from: controlPlane.cidrs of helm/environment."
  value       = [local.control_plane_cidr]
}

output "cluster" {
  description = "Name, address and certificate authority of the cluster."
  value = {
    name                  = aws_eks_cluster.this.name
    endpoint              = aws_eks_cluster.this.endpoint
    certificate_authority = aws_eks_cluster.this.certificate_authority[0].data
  }
}

output "vpc_id" {
  description = "The load balancer controller's chart wants it, since pods can't ask the node."
  value       = aws_vpc.this.id
}

output "repositories" {
  description = "Addresses of the services' image repositories; empty where another state or account has them."
  value       = { for name, each in aws_ecr_repository.service : name => each.repository_url }
}

output "github_roles" {
  description = "role-to-assume of aws-actions/configure-aws-credentials, by service."
  value       = { for name, each in aws_iam_role.github : name => each.arn }
}

output "platform_roles" {
  description = "What this repository's workflows sign in as (PLAN_ROLE, DEPLOY_ROLE), and what CloudFormation acts as (CLOUDFORMATION_ROLE)."
  value = merge(
    { for name, each in aws_iam_role.platform : "${upper(name)}_ROLE" => each.arn },
    { for each in aws_iam_role.cloudformation : "CLOUDFORMATION_ROLE" => each.arn },
  )
}
