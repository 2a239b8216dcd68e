# AWS rights of pods, by namespace and service account. The first two are given through their addons (addons.tf).
locals {
  pods = {
    network       = { namespace = "kube-system", service_account = "aws-node" }
    observability = { namespace = "amazon-cloudwatch", service_account = "cloudwatch-agent" }
    balancing     = { namespace = "kube-system", service_account = "aws-load-balancer-controller" }
    autoscaler    = { namespace = "kube-system", service_account = "cluster-autoscaler" }
    secrets       = { namespace = "external-secrets", service_account = "external-secrets" }
  }
  associated = ["balancing", "autoscaler", "secrets"]
  managed_policies = {
    network       = "AmazonEKS_CNI_Policy"
    observability = "CloudWatchAgentServerPolicy"
  }
  cluster_arn = "${local.arn_prefix}:eks:${var.region}:${local.account}:cluster/${local.cluster}"
}

resource "aws_iam_role" "pod" {
  for_each = local.pods
  name     = "${local.cluster}-pod-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      # The tags are EKS's own: a wrong association, or one on another cluster, doesn't get the role.
      Condition = {
        StringEquals = {
          "aws:RequestTag/eks-cluster-arn"            = local.cluster_arn
          "aws:RequestTag/kubernetes-namespace"       = each.value.namespace
          "aws:RequestTag/kubernetes-service-account" = each.value.service_account
        }
      }
    }]
  })
}

resource "aws_eks_pod_identity_association" "this" {
  for_each        = toset(local.associated)
  cluster_name    = aws_eks_cluster.this.name
  namespace       = local.pods[each.key].namespace
  service_account = local.pods[each.key].service_account
  role_arn        = aws_iam_role.pod[each.key].arn
}

resource "aws_iam_role_policy_attachment" "pod" {
  for_each   = local.managed_policies
  role       = aws_iam_role.pod[each.key].name
  policy_arn = "${local.arn_prefix}:iam::aws:policy/${each.value}"
}

resource "aws_iam_role_policy" "autoscaler" {
  name = "scale"
  role = aws_iam_role.pod["autoscaler"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities", "autoscaling:DescribeTags", "ec2:DescribeImages", "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions", "ec2:GetInstanceTypesFromInstanceRequirements",
      ]
      # These actions know no resources.
      Resource = "*"
      }, {
      Effect   = "Allow"
      Action   = "eks:DescribeNodegroup"
      Resource = "${local.arn_prefix}:eks:${var.region}:${local.account}:nodegroup/${local.cluster}/*"
      }, {
      Effect   = "Allow"
      Action   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
      Resource = "${local.arn_prefix}:autoscaling:${var.region}:${local.account}:autoScalingGroup:*:autoScalingGroupName/eks-${local.cluster}-*"
      # EKS tags the groups of its node groups so.
      Condition = { StringEquals = { "aws:ResourceTag/k8s.io/cluster-autoscaler/${local.cluster}" = "owned" } }
    }]
  })
}

resource "aws_iam_role_policy" "secrets" {
  name = "read"
  role = aws_iam_role.pod["secrets"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      # Secrets of releases are named <cluster>/<environment>/...; Slipway's own (its webhook's, its GitHub App's) are named otherwise and stay out of reach.
      Resource = [for name in keys(local.environments) : "${local.arn_prefix}:secretsmanager:${var.region}:${local.account}:secret:${local.cluster}/${name}/*"]
    }]
  })
}
