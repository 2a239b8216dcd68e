# `sam deploy` from this repository's own workflows. GitHub's role hands CloudFormation a change set; what makes the resources is CloudFormation's role, which
# nobody else can take on. tests/infra/test_deploying_slipway.py compares its rights with those that AWS's own schemas name for the template's resources.
locals {
  stack     = var.control_plane.stack
  deploys   = var.platform_workflows != null
  in_region = "${var.region}:${local.account}"
  platform_subjects = {
    for name, environment in try(var.platform_workflows.environments, {}) : name => "repo:${var.platform_workflows.repository}:environment:${environment}"
  }
  # By its name, so that a plan shows all of the policies.
  cloudformation_role = "${local.arn_prefix}:iam::${local.account}:role/${local.cluster}-cloudformation"
  # SAM names a role after what it is for. An environment's role, or GitHub's, has no such name.
  stack_roles = [for kind in ["*FunctionRole", "*StateMachineRole", "BuildRole"] : "${local.arn_prefix}:iam::${local.account}:role/${local.stack}-${kind}-*"]
  sam_bucket  = "${local.arn_prefix}:s3:::aws-sam-cli-managed-default-samclisourcebucket-*"
}

resource "aws_iam_role" "platform" {
  #checkov:skip=CKV_AWS_393:it can't evaluate local.platform_subjects; tests/security.tftest.hcl asserts the whole condition
  for_each             = local.platform_subjects
  name                 = "${local.cluster}-platform-${each.key}"
  description          = "Slipway's own workflows, ${each.key}: ${each.value}"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.github_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = { "${local.github_address}:aud" = "sts.amazonaws.com", "${local.github_address}:sub" = each.value } }
    }]
  })
  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "platform_deploy" {
  count = local.deploys ? 1 : 0
  name  = "hand-over-a-change-set"
  role  = aws_iam_role.platform["deploy"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Without this role, CloudFormation would use GitHub's own rights:
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
        Effect    = "Allow"
        Action    = "cloudformation:CreateChangeSet"
        Resource  = "${local.arn_prefix}:cloudformation:${local.in_region}:stack/${local.stack}/*"
        Condition = { StringEquals = { "cloudformation:RoleArn" = local.cloudformation_role } }
      },
      {
        Effect   = "Allow"
        Action   = "cloudformation:CreateChangeSet"
        Resource = "${local.arn_prefix}:cloudformation:${var.region}:aws:transform/Serverless-2016-10-31"
      },
      {
        Effect = "Allow"
        Action = [
          "cloudformation:DeleteChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:DescribeStackEvents", "cloudformation:DescribeStackResources",
          "cloudformation:DescribeStacks", "cloudformation:ExecuteChangeSet", "cloudformation:GetTemplate",
        ]
        Resource = "${local.arn_prefix}:cloudformation:${local.in_region}:stack/${local.stack}/*"
      },
      {
        Effect   = "Allow"
        Action   = "cloudformation:GetTemplateSummary"
        Resource = "*" # The template isn't a stack's yet.
      },
      {
        # Where SAM puts what it has built; the first deployment, by hand, makes the bucket (resolve_s3 in samconfig.toml).
        Effect   = "Allow"
        Action   = "cloudformation:DescribeStacks"
        Resource = "${local.arn_prefix}:cloudformation:${local.in_region}:stack/aws-sam-cli-managed-default/*"
      },
      {
        Effect    = "Allow"
        Action    = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]
        Resource  = [local.sam_bucket, "${local.sam_bucket}/*"]
        Condition = { StringEquals = { "s3:ResourceAccount" = local.account } }
      },
      {
        # make build-zip
        Effect    = "Allow"
        Action    = "s3:PutObject"
        Resource  = "${local.arn_prefix}:s3:::${local.stack}-bundles-*/platform/build.zip"
        Condition = { StringEquals = { "s3:ResourceAccount" = local.account } }
      },
      {
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = local.cloudformation_role
        Condition = { StringEquals = { "iam:PassedToService" = "cloudformation.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_iam_role" "cloudformation" {
  count                = local.deploys ? 1 : 0
  name                 = "${local.cluster}-cloudformation"
  description          = "What CloudFormation may do when it deploys the stack ${local.stack}"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudformation.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # For stacks of this account, whoever asks: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "cloudformation" {
  for_each = local.deploys ? toset(keys(local.stack_statements)) : toset([])
  name     = each.key
  role     = aws_iam_role.cloudformation[0].id
  policy   = jsonencode({ Version = "2012-10-17", Statement = local.stack_statements[each.key] })
}
