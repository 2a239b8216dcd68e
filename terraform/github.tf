# Workflows in GitHub Actions sign in without a stored key. They may look, and ask Slipway; they may not push images: the build's gate is the only way to one.
locals {
  github_address = "token.actions.githubusercontent.com"
  github_arn     = "${local.arn_prefix}:iam::${local.account}:oidc-provider/${local.github_address}"
  github_subjects = {
    for service, each in var.github_workflows : service => (
      each.environment != ""
      ? "repo:${local.platform.services[service].repository}:environment:${each.environment}"
      : "repo:${local.platform.services[service].repository}:ref:refs/heads/${each.branch}"
    ) if contains(keys(local.platform.services), service)
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.first_in_account ? 1 : 0
  url            = "https://${local.github_address}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "github" {
  #checkov:skip=CKV_AWS_393:it can't evaluate local.github_subjects; tests/security.tftest.hcl asserts the whole condition
  for_each             = local.github_subjects
  name                 = "${local.cluster}-github-${each.key}"
  description          = "GitHub workflows of ${each.value}"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.github_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      # Equal, never like: a pattern that ends in * also lets in pull requests, which anybody can open.
      Condition = { StringEquals = {
        "${local.github_address}:aud" = "sts.amazonaws.com"
        "${local.github_address}:sub" = each.value
      } }
    }]
  })
  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "github" {
  for_each = aws_iam_role.github
  name     = "look"
  role     = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*" # This action knows no resources; what the token is good for, the next statement says.
      },
      {
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeImageScanFindings", "ecr:GetDownloadUrlForLayer"]
        Resource = "${local.arn_prefix}:ecr:${var.region}:${local.control_plane_account}:repository/${each.key}"
      },
      ], var.github_workflows[each.key].api_id == "" ? [] : [
      {
        # Who it is there, and what it may do, slipway.yaml says (people, aws).
        Effect   = "Allow"
        Action   = "execute-api:Invoke"
        Resource = "${local.arn_prefix}:execute-api:${var.region}:${local.control_plane_account}:${var.github_workflows[each.key].api_id}/*/*/api/*"
      },
    ])
  })
}
