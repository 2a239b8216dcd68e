resource "aws_launch_template" "nodes" {
  name_prefix            = "${local.cluster}-nodes-"
  update_default_version = true
  vpc_security_group_ids = [aws_security_group.nodes.id]

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # One hop: a pod that isn't on the node's own network doesn't get the node's credentials (docs/environments.md).
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_type           = "gp3"
      volume_size           = 30
      encrypted             = true
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  # 110 is EKS's own figure for nodes with fewer than 30 processors, with prefixes; without them a t3.medium ends at 17 pods.
  # https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html
  user_data = base64encode(<<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="node"

    --node
    Content-Type: application/node.eks.aws

    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      kubelet:
        config:
          maxPods: 110

    --node--
  EOT
  )

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${local.cluster}-node", cluster = local.cluster }
  }
}

resource "aws_eks_node_group" "this" {
  cluster_name           = aws_eks_cluster.this.name
  node_group_name_prefix = "${local.cluster}-"
  node_role_arn          = aws_iam_role.nodes.arn
  subnet_ids             = [for subnet in aws_subnet.private : subnet.id]
  ami_type               = "AL2023_x86_64_STANDARD"
  instance_types         = var.nodes.instance_types
  capacity_type          = var.nodes.spot ? "SPOT" : "ON_DEMAND"

  launch_template {
    id      = aws_launch_template.nodes.id
    version = aws_launch_template.nodes.latest_version
  }

  scaling_config {
    min_size     = var.nodes.min
    max_size     = var.nodes.max
    desired_size = var.nodes.min
  }

  update_config {
    max_unavailable = 1
  }

  node_repair_config {
    enabled = true
  }

  lifecycle {
    create_before_destroy = true
    # The autoscaler's.
    ignore_changes = [scaling_config[0].desired_size]
  }

  # Nodes get ready only with their network, and prefixes count only for nodes that come after the setting.
  depends_on = [
    aws_eks_addon.before_nodes, aws_iam_role_policy_attachment.nodes, aws_route.nat,
    aws_vpc_security_group_egress_rule.nodes, aws_vpc_security_group_ingress_rule.api_from_nodes,
  ]
}

resource "aws_iam_role" "nodes" {
  name = "${local.cluster}-nodes"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# Join the cluster and pull images. The network plugin and the log agent have identities of their own, so that a node's credentials can do neither.
resource "aws_iam_role_policy_attachment" "nodes" {
  for_each   = toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"])
  role       = aws_iam_role.nodes.name
  policy_arn = "${local.arn_prefix}:iam::aws:policy/${each.key}"
}
