# Images are built once, where Slipway is; environments in other accounts pull from there.
locals {
  makes_repositories = var.first_in_account && local.control_plane_account == local.account
}

resource "aws_ecr_repository" "service" {
  # Every service of slipway.yaml, also those of other clusters: an account has each repository once.
  for_each             = local.makes_repositories ? local.platform.services : {}
  name                 = each.key
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.images[0].arn
  }

  lifecycle {
    # A release that is live somewhere restarts its pods from here.
    prevent_destroy = true
  }
}

# Each account's own policies still say who of it may pull: its nodes.
resource "aws_ecr_repository_policy" "service" {
  for_each   = length(var.pulling_accounts) > 0 ? aws_ecr_repository.service : {}
  repository = each.value.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OtherAccountsPull"
      Effect    = "Allow"
      Principal = { AWS = [for account in var.pulling_accounts : "${local.arn_prefix}:iam::${account}:root"] }
      Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}

# ECR can't know what runs. Slipway deploys by digest, and each image that it has built keeps the tag of its commit; so only what has no tag goes, and nothing
# ever goes by count or by age alone. Parts of an image for several processors have no tag either, but ECR keeps what a manifest list refers to.
resource "aws_ecr_lifecycle_policy" "service" {
  for_each   = aws_ecr_repository.service
  repository = each.value.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "What a broken push left behind; images of releases have tags"
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = var.untagged_image_days }
      action       = { type = "expire" }
    }]
  })
}
