# A key for each thing that is kept secret from somebody else: who may read logs can't read the cluster's Secrets by that.
locals {
  # The account's own policies decide. Without this statement a key can be locked for good.
  account_administers = {
    Sid       = "account"
    Effect    = "Allow"
    Principal = { AWS = "${local.arn_prefix}:iam::${local.account}:root" }
    Action    = "kms:*"
    # In a key's policy, * is that key.
    Resource = "*"
  }
}

resource "aws_kms_key" "secrets" {
  description             = "Kubernetes Secrets of ${local.cluster}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = jsonencode({ Version = "2012-10-17", Statement = [local.account_administers] })
}

resource "aws_kms_alias" "secrets" {
  name          = "alias/${local.cluster}-secrets"
  target_key_id = aws_kms_key.secrets.key_id
}

resource "aws_kms_key" "logs" {
  description             = "Logs of ${local.cluster} and its network"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.account_administers,
      {
        Sid       = "logs"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.region}.amazonaws.com" }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = [
              "${local.arn_prefix}:logs:${var.region}:${local.account}:log-group:/aws/eks/${local.cluster}/*",
              "${local.arn_prefix}:logs:${var.region}:${local.account}:log-group:/aws/vpc/${local.cluster}",
            ]
          }
        }
      },
    ]
  })
}

resource "aws_kms_alias" "logs" {
  name          = "alias/${local.cluster}-logs"
  target_key_id = aws_kms_key.logs.key_id
}

resource "aws_kms_key" "images" {
  count                   = local.makes_repositories ? 1 : 0
  description             = "Images of the services"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = jsonencode({ Version = "2012-10-17", Statement = [local.account_administers] })
}

resource "aws_kms_alias" "images" {
  count         = local.makes_repositories ? 1 : 0
  name          = "alias/${local.cluster}-images"
  target_key_id = aws_kms_key.images[0].key_id
}
