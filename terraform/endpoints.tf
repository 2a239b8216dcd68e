locals {
  # What nodes, addons and functions in the VPC call. eks-auth gives pods their identities; ec2, autoscaling and elasticloadbalancing are the network plugin's,
  # the autoscaler's and the load balancer controller's.
  interface_endpoints = var.private_endpoints ? toset([
    "ecr.api", "ecr.dkr", "sts", "eks", "eks-auth", "states", "kms", "secretsmanager", "logs", "monitoring", "ec2", "autoscaling", "elasticloadbalancing",
  ]) : toset([])
}

# Without a price, so always: what is read from S3 (also the layers of every image) and from DynamoDB doesn't pay for NAT.
resource "aws_vpc_endpoint" "gateway" {
  for_each          = toset(["s3", "dynamodb"])
  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  route_table_ids   = [for table in aws_route_table.private : table.id]
  tags              = { Name = "${local.cluster}-${each.key}" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = local.interface_endpoints
  vpc_id              = aws_vpc.this.id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  private_dns_enabled = true
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  # Credentials of a stranger's account don't take our data out through our own endpoints. What those of this account may do, their roles say; hence the *.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "*"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
    }]
  })
  tags = { Name = "${local.cluster}-${each.key}" }
}
