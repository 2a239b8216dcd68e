locals {
  # By name, not whichever AWS lists first: a zone that is new, or out of order for an hour, must not move subnets.
  zones = [for letter in var.zones : "${var.region}${letter}"]
  # One network for both control plane subnets: helm/environment names it, and a new zone doesn't change its policies.
  control_plane_cidr = cidrsubnet(var.vpc_cidr, 11, 0)
  subnets = {
    for index, zone in local.zones : zone => {
      control_plane = cidrsubnet(local.control_plane_cidr, 1, index)
      public        = cidrsubnet(var.vpc_cidr, 8, 1 + index)
      # Large, since nodes take whole /28 blocks for their pods, and a fragmented subnet has none left.
      private = cidrsubnet(var.vpc_cidr, 3, 1 + index)
    }
  }
  nat_zones = var.nat_per_zone ? local.zones : slice(local.zones, 0, 1)
}

resource "aws_vpc" "this" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = local.cluster }
}

# Without rules: what forgets to name a group gets nothing, instead of everything.
resource "aws_default_security_group" "nothing" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "control_plane" {
  for_each          = local.subnets
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value.control_plane
  tags              = { Name = "${local.cluster}-control-plane-${each.key}" }
}

# For load balancers and NAT only; nothing in it gets a public address by itself.
resource "aws_subnet" "public" {
  for_each          = local.subnets
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value.public
  tags              = { Name = "${local.cluster}-public-${each.key}", "kubernetes.io/role/elb" = "1" }
}

resource "aws_subnet" "private" {
  for_each          = local.subnets
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value.private
  tags              = { Name = "${local.cluster}-private-${each.key}", "kubernetes.io/role/internal-elb" = "1" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = local.cluster }
}

resource "aws_eip" "nat" {
  for_each = toset(local.nat_zones)
  domain   = "vpc"
  tags     = { Name = "${local.cluster}-nat-${each.key}" }
}

resource "aws_nat_gateway" "this" {
  for_each      = toset(local.nat_zones)
  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
  tags          = { Name = "${local.cluster}-${each.key}" }
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.cluster}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each       = local.subnets
  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  for_each = local.subnets
  vpc_id   = aws_vpc.this.id
  tags     = { Name = "${local.cluster}-private-${each.key}" }
}

resource "aws_route" "nat" {
  for_each               = local.subnets
  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[contains(local.nat_zones, each.key) ? each.key : local.nat_zones[0]].id
}

resource "aws_route_table_association" "private" {
  for_each       = local.subnets
  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

# No way out: the control plane's addresses answer and ask inside the VPC only.
resource "aws_route_table" "control_plane" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.cluster}-control-plane" }
}

resource "aws_route_table_association" "control_plane" {
  for_each       = local.subnets
  subnet_id      = aws_subnet.control_plane[each.key].id
  route_table_id = aws_route_table.control_plane.id
}
