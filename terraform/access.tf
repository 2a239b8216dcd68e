# Who is who in the cluster. An environment's role is an identity and little else: on AWS it may look up its cluster's address, and in Kubernetes it has the
# rights of its group.
locals {
  control_plane_account = var.control_plane.account == "" ? local.account : var.control_plane.account
  deploying_roles       = "${local.arn_prefix}:iam::${local.control_plane_account}:role"
  # The functions of template.yaml that may assume environments' roles, by the names of their roles there. tests/infra/test_terraform.py compares both.
  deploying_functions = ["Plan", "Apply", "WatchRollout", "SmokeTest", "RestorePrevious", "VerifyRestored"]
}

resource "aws_iam_role" "environment" {
  for_each             = local.environments
  name                 = each.value.role
  description          = "Deploys to ${each.key}: ${each.value.group} on ${local.cluster}"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "DeployingFunctions"
      Effect = "Allow"
      # Roles of a stack exist only after `sam deploy`, with an ending that nobody knows before. So the account is trusted, and the condition says which of its
      # roles: this rules people, builds and every other function out, whatever their own policies allow.
      Principal = { AWS = "${local.arn_prefix}:iam::${local.control_plane_account}:root" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnLike = {
          "aws:PrincipalArn" = [for function in local.deploying_functions : "${local.deploying_roles}/${var.control_plane.stack}-${function}FunctionRole-*"]
        }
        # As the functions name their sessions, and no other environment's: it is what the cluster's audit log shows.
        StringEquals = { "sts:RoleSessionName" = "slipway-${each.key}" }
      }
    }]
  })

  lifecycle {
    precondition {
      condition     = startswith(each.value.role, "slipway-environment-")
      error_message = "slipway.yaml: the role of ${each.key} is ${each.value.role}; template.yaml lets the functions assume slipway-environment-* only."
    }
    precondition {
      condition     = !startswith(each.value.given_role, "arn:") || each.value.given_role == "${local.arn_prefix}:iam::${local.account}:role/${each.value.role}"
      error_message = <<-EOT
        slipway.yaml: the role of ${each.key} is ${each.value.given_role}, but it would be made in account ${local.account}, without a path. Use the credentials
        of the account that it names, and leave paths out.
      EOT
    }
  }
}

resource "aws_iam_role_policy" "environment" {
  for_each = aws_iam_role.environment
  name     = "cluster"
  role     = each.value.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "eks:DescribeCluster", Resource = "${local.arn_prefix}:eks:${var.region}:${local.account}:cluster/${local.cluster}" }]
  })
}

resource "aws_eks_access_entry" "environment" {
  for_each          = local.environments
  cluster_name      = aws_eks_cluster.this.name
  principal_arn     = aws_iam_role.environment[each.key].arn
  kubernetes_groups = [each.value.group]
  type              = "STANDARD"
}

resource "aws_eks_access_entry" "administrator" {
  for_each      = toset(var.administrators)
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = "${local.arn_prefix}:iam::${local.account}:role/${each.key}"
  type          = "STANDARD"
}

resource "aws_eks_access_policy_association" "administrator" {
  for_each      = toset(var.administrators)
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.administrator[each.key].principal_arn
  policy_arn    = "${local.arn_prefix}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
  access_scope {
    type = "cluster"
  }
}
