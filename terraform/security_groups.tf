locals {
  # helm/environment's network policies admit the same network on the same port.
  app_port = local.chart.controlPlane.port
  # What the API server asks nodes and pods for: kubelets (logs, metrics), metrics-server, webhooks of the load balancer controller and of the CloudWatch addon,
  # and the pods of releases through its proxy, which is how Slipway checks them.
  ports_from_control_plane = toset([for port in [local.app_port, 10250, 10251, 9443] : tostring(port)])
  api_private              = length(var.api_server_public_cidrs) == 0
}

resource "aws_security_group" "control_plane" {
  name        = "${local.cluster}-control-plane"
  description = "Addresses of the EKS control plane in the VPC"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${local.cluster}-control-plane" }
}

resource "aws_vpc_security_group_ingress_rule" "api_from_nodes" {
  security_group_id            = aws_security_group.control_plane.id
  referenced_security_group_id = aws_security_group.nodes.id
  description                  = "Kubernetes API, for nodes and pods"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "control_plane_to_nodes" {
  for_each                     = local.ports_from_control_plane
  security_group_id            = aws_security_group.control_plane.id
  referenced_security_group_id = aws_security_group.nodes.id
  description                  = "Kubelets, webhooks and pods"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
}

resource "aws_security_group" "nodes" {
  name        = "${local.cluster}-nodes"
  description = "Nodes and the pods on them"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${local.cluster}-nodes" }
}

# By addresses and not by group: EKS puts a group of its own on its addresses too, and the network policies inside name the same network.
resource "aws_vpc_security_group_ingress_rule" "nodes_from_control_plane" {
  for_each          = local.ports_from_control_plane
  security_group_id = aws_security_group.nodes.id
  cidr_ipv4         = local.control_plane_cidr
  description       = "From the control plane's subnets"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

# Between pods the network policies decide, which know them; a security group knows nodes only.
resource "aws_vpc_security_group_ingress_rule" "nodes_from_nodes" {
  security_group_id            = aws_security_group.nodes.id
  referenced_security_group_id = aws_security_group.nodes.id
  description                  = "Pods among themselves"
  ip_protocol                  = "-1"
}

# Images, AWS's services and what releases call. Which pod may get out is for network policies to say: helm/environment lets none.
resource "aws_vpc_security_group_egress_rule" "nodes" {
  #checkov:skip=CKV_AWS_382:nodes pull images and pods call services outside; platform-default-deny narrows it per pod
  security_group_id = aws_security_group.nodes.id
  cidr_ipv4         = "0.0.0.0/0"
  description       = "Out"
  ip_protocol       = "-1"
}

resource "aws_security_group" "endpoints" {
  name        = "${local.cluster}-endpoints"
  description = "VPC endpoints of AWS services"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${local.cluster}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id = aws_security_group.endpoints.id
  cidr_ipv4         = var.vpc_cidr
  description       = "HTTPS from the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# Where the API server is private, only functions inside the VPC reach it; this is the group for them.
resource "aws_security_group" "functions" {
  #checkov:skip=CKV2_AWS_5:for functions, which `sam deploy` makes and not this module (output sam_parameter_overrides)
  count       = local.api_private ? 1 : 0
  name        = "${local.cluster}-functions"
  description = "Slipway functions that speak to the cluster"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${local.cluster}-functions" }
}

resource "aws_vpc_security_group_egress_rule" "functions" {
  count             = local.api_private ? 1 : 0
  security_group_id = aws_security_group.functions[0].id
  cidr_ipv4         = "0.0.0.0/0"
  description       = "AWS services, also those without an endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "api_from_functions" {
  count                        = local.api_private ? 1 : 0
  security_group_id            = aws_security_group.control_plane.id
  referenced_security_group_id = aws_security_group.functions[0].id
  description                  = "Kubernetes API, for Slipway"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}
