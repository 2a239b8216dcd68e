# `terraform plan` on a pull request to this repository: reads what this module makes, and its state. It writes nothing, not even the state's lock
# (-lock=false), and reads no data of Slipway's, no secret and no image. `terraform apply` makes roles, so whoever may do that administers the account; this
# module makes no role for it.
resource "aws_iam_role_policy" "platform_plan" {
  count = local.deploys ? 1 : 0
  name  = "read"
  role  = aws_iam_role.platform["plan"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeFlowLogs", "ec2:DescribeInternetGateways",
          "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribePrefixLists",
          "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags",
          "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs", "eks:DescribeAddonVersions", "kms:ListAliases", "logs:DescribeLogGroups",
        ]
        Resource = "*" # They know no resources, but for some that one can't name before they are there.
      },
      {
        Effect = "Allow"
        Action = [
          "eks:DescribeAccessEntry", "eks:DescribeAddon", "eks:DescribeCluster", "eks:DescribeNodegroup", "eks:DescribePodIdentityAssociation",
          "eks:ListAssociatedAccessPolicies", "eks:ListTagsForResource",
        ]
        Resource = [
          for kind in ["access-entry/?/*", "addon/?/*", "cluster/?", "nodegroup/?/*", "podidentityassociation/?/*"] :
          "${local.arn_prefix}:eks:${local.in_region}:${replace(kind, "?", local.cluster)}"
        ]
      },
      {
        Effect = "Allow"
        Action = [
          "iam:GetOpenIDConnectProvider", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies",
        ]
        Resource = concat(
          [for name in ["${local.cluster}-*", "slipway-environment-*"] : "${local.arn_prefix}:iam::${local.account}:role/${name}"], [local.github_arn],
        )
      },
      {
        Effect   = "Allow"
        Action   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
        Resource = "${local.arn_prefix}:kms:${local.in_region}:key/*"
      },
      {
        Effect   = "Allow"
        Action   = ["ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"]
        Resource = [for name in keys(local.platform.services) : "${local.arn_prefix}:ecr:${local.in_region}:repository/${name}"]
      },
      {
        Effect   = "Allow"
        Action   = "logs:ListTagsForResource"
        Resource = [for kind in ["eks/${local.cluster}/*", "vpc/${local.cluster}*"] : "${local.arn_prefix}:logs:${local.in_region}:log-group:/aws/${kind}"]
      },
      {
        Effect   = "Allow"
        Action   = ["budgets:ListTagsForResource", "budgets:ViewBudget"]
        Resource = "${local.arn_prefix}:budgets::${local.account}:budget/${local.cluster}"
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:ListBucket"]
        Resource = [for path in ["", "/slipway/${local.cluster}.tfstate"] : "${local.arn_prefix}:s3:::${var.platform_workflows.state_bucket}${path}"]
      },
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = "${local.arn_prefix}:kms:*:${local.account}:key/*"
        # The state's key, by what S3 encrypts with it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
        Condition = { StringEquals = { "kms:EncryptionContext:aws:s3:arn" = "${local.arn_prefix}:s3:::${var.platform_workflows.state_bucket}" } }
      },
    ]
  })
}
