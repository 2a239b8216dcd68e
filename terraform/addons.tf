locals {
  addons_before_nodes = {
    vpc-cni = {
      # Without it the API server takes network policies and nobody enforces them.
      enableNetworkPolicy = "true"
      env                 = { ENABLE_PREFIX_DELEGATION = "true", WARM_PREFIX_TARGET = "1" }
    }
    kube-proxy             = {}
    eks-pod-identity-agent = {}
  }
  # These have pods of their own, and stay "degraded" until there is a node for them.
  addons_after_nodes = ["coredns", "metrics-server", "amazon-cloudwatch-observability"]
}

# The version that EKS recommends for the cluster's; an upgrade of the cluster takes them along.
data "aws_eks_addon_version" "recommended" {
  for_each           = toset(concat(keys(local.addons_before_nodes), local.addons_after_nodes))
  addon_name         = each.key
  kubernetes_version = var.kubernetes_version
}

resource "aws_eks_addon" "before_nodes" {
  for_each                    = local.addons_before_nodes
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = data.aws_eks_addon_version.recommended[each.key].version
  configuration_values        = length(each.value) == 0 ? null : jsonencode(each.value)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = each.key == "vpc-cni" ? ["aws-node"] : []
    content {
      service_account = pod_identity_association.value
      role_arn        = aws_iam_role.pod["network"].arn
    }
  }
}

resource "aws_eks_addon" "after_nodes" {
  for_each                    = toset(local.addons_after_nodes)
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = data.aws_eks_addon_version.recommended[each.key].version
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = each.key == "amazon-cloudwatch-observability" ? ["cloudwatch-agent"] : []
    content {
      service_account = pod_identity_association.value
      role_arn        = aws_iam_role.pod["observability"].arn
    }
  }

  depends_on = [aws_eks_node_group.this]
}
