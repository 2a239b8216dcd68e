resource "aws_cloudwatch_log_group" "cluster" {
  #checkov:skip=CKV_AWS_338:log_days is a year unless an environment says less; dev does, where nobody has to prove anything later
  # EKS writes there by itself. Made first, or else it makes one that is kept for ever and not encrypted.
  name              = "/aws/eks/${local.cluster}/cluster"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_eks_cluster" "this" {
  #checkov:skip=CKV_AWS_38:api_server_public_cidrs says who; functions outside of the VPC have no fixed addresses, and every call needs an IAM token
  #checkov:skip=CKV_AWS_39:as above; an empty api_server_public_cidrs closes it
  name     = local.cluster
  role_arn = aws_iam_role.cluster.arn
  version  = var.kubernetes_version

  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  # The addons below are managed and versioned; the ones that EKS would put in by itself aren't.
  bootstrap_self_managed_addons = false

  access_config {
    # Access entries only: no ConfigMap aws-auth that whoever writes in kube-system could edit.
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]
    provider {
      key_arn = aws_kms_key.secrets.arn
    }
  }

  vpc_config {
    subnet_ids              = [for subnet in aws_subnet.control_plane : subnet.id]
    security_group_ids      = [aws_security_group.control_plane.id]
    endpoint_private_access = true
    endpoint_public_access  = !local.api_private
    public_access_cidrs     = local.api_private ? null : var.api_server_public_cidrs
  }

  upgrade_policy {
    support_type = "STANDARD"
  }

  depends_on = [aws_cloudwatch_log_group.cluster, aws_iam_role_policy_attachment.cluster, aws_iam_role_policy.cluster_key]
}

# The same name as the twin gives it.
resource "aws_iam_role" "cluster" {
  name = "${local.cluster}-cluster"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "eks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "${local.arn_prefix}:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role_policy" "cluster_key" {
  name = "secrets-key"
  role = aws_iam_role.cluster.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:ListGrants"]
      Resource = aws_kms_key.secrets.arn
      }, {
      Effect    = "Allow"
      Action    = "kms:CreateGrant"
      Resource  = aws_kms_key.secrets.arn
      Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
    }]
  })
}
