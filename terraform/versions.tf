terraform {
  # 1.9 lets a validation look at other variables; 1.10 has the lock file of the S3 backend.
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.90"
    }
  }
  # Bucket, region and key come from scripts/terraform.sh: a state for each cluster, so that two environments on one cluster can't have two opinions of it.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region
  # Credentials of another account end the plan, instead of building this environment there.
  allowed_account_ids = var.account == "" ? null : [var.account]
  default_tags {
    tags = {
      managed-by = "terraform"
      cluster    = local.cluster
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
