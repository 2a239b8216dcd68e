# What the AWS Load Balancer Controller does with ALBs and NLBs of *this* cluster: it tags them with the cluster's name, and may change what has the tag.
# Narrower than its published policy, where any cluster's tag counts: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/
# Firewalls (WAF, Shield) are looked at but not attached, and Cognito isn't used: add the actions of the published policy with the annotation that needs them.
locals {
  elb = "${local.arn_prefix}:elasticloadbalancing:${var.region}:${local.account}"
  ec2 = "${local.arn_prefix}:ec2:${var.region}:${local.account}"

  tagged_on_creation = { StringEquals = { "aws:RequestTag/elbv2.k8s.aws/cluster" = local.cluster } }
  tagged             = { StringEquals = { "aws:ResourceTag/elbv2.k8s.aws/cluster" = local.cluster } }
}

resource "aws_iam_role_policy" "balancing" {
  name = "balance"
  role = aws_iam_role.pod["balancing"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "ec2:DescribeAccountAttributes", "ec2:DescribeAddresses", "ec2:DescribeAvailabilityZones", "ec2:DescribeCoipPools", "ec2:DescribeInstances",
          "ec2:DescribeInternetGateways", "ec2:DescribeIpamPools", "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets", "ec2:DescribeTags", "ec2:DescribeVpcPeeringConnections", "ec2:DescribeVpcs", "ec2:GetCoipPoolUsage",
          "ec2:GetSecurityGroupsForVpc", "elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes",
          "elasticloadbalancing:DescribeListenerCertificates", "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes",
          "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeSSLPolicies",
          "elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:DescribeTrustStores", "acm:ListCertificates", "iam:ListServerCertificates",
          "shield:GetSubscriptionState",
        ]
        Resource = "*" # These actions know no resources.
      },
      {
        Sid      = "LookAtCertificates"
        Effect   = "Allow"
        Action   = ["acm:DescribeCertificate", "iam:GetServerCertificate"]
        Resource = ["${local.arn_prefix}:acm:${var.region}:${local.account}:certificate/*", "${local.arn_prefix}:iam::${local.account}:server-certificate/*"]
      },
      {
        Sid      = "LookAtFirewalls"
        Effect   = "Allow"
        Action   = ["wafv2:GetWebACLForResource", "waf-regional:GetWebACLForResource", "shield:DescribeProtection"]
        Resource = "*" # Of web ACLs and protections nobody knows the names beforehand; reading which one an ALB has tells nothing secret.
      },
      {
        Sid       = "FirstLoadBalancerOfTheAccount"
        Effect    = "Allow"
        Action    = "iam:CreateServiceLinkedRole"
        Resource  = "${local.arn_prefix}:iam::${local.account}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"
        Condition = { StringEquals = { "iam:AWSServiceName" = "elasticloadbalancing.amazonaws.com" } }
      },
      {
        Sid       = "MakeSecurityGroups"
        Effect    = "Allow"
        Action    = "ec2:CreateSecurityGroup"
        Resource  = "${local.ec2}:security-group/*"
        Condition = local.tagged_on_creation
      },
      {
        Sid      = "MakeThemInThisNetwork"
        Effect   = "Allow"
        Action   = "ec2:CreateSecurityGroup"
        Resource = aws_vpc.this.arn
      },
      {
        Sid      = "TagThemWhenMade"
        Effect   = "Allow"
        Action   = "ec2:CreateTags"
        Resource = "${local.ec2}:security-group/*"
        Condition = {
          StringEquals = { "ec2:CreateAction" = "CreateSecurityGroup", "aws:RequestTag/elbv2.k8s.aws/cluster" = local.cluster }
        }
      },
      {
        Sid      = "TagThemLater"
        Effect   = "Allow"
        Action   = ["ec2:CreateTags", "ec2:DeleteTags"]
        Resource = "${local.ec2}:security-group/*"
        Condition = {
          StringEquals = { "aws:ResourceTag/elbv2.k8s.aws/cluster" = local.cluster }
          # The mark itself can't be moved to something else.
          Null = { "aws:RequestTag/elbv2.k8s.aws/cluster" = "true" }
        }
      },
      {
        Sid       = "ChangeItsSecurityGroups"
        Effect    = "Allow"
        Action    = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", "ec2:DeleteSecurityGroup"]
        Resource  = "${local.ec2}:security-group/*"
        Condition = local.tagged
      },
      {
        Sid      = "LetThemReachTheNodes"
        Effect   = "Allow"
        Action   = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
        Resource = aws_security_group.nodes.arn
      },
      {
        Sid       = "MakeBalancersAndTargets"
        Effect    = "Allow"
        Action    = ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
        Resource  = ["${local.elb}:loadbalancer/*", "${local.elb}:targetgroup/*"]
        Condition = local.tagged_on_creation
      },
      {
        Sid    = "ListenersAndRules"
        Effect = "Allow"
        Action = [
          "elasticloadbalancing:CreateListener", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:ModifyListener",
          "elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:RemoveListenerCertificates",
          "elasticloadbalancing:CreateRule", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:ModifyRule", "elasticloadbalancing:SetRulePriorities",
        ]
        Resource  = ["${local.elb}:loadbalancer/*", "${local.elb}:listener/*", "${local.elb}:listener-rule/*"]
        Condition = local.tagged
      },
      {
        Sid       = "TagWhenMade"
        Effect    = "Allow"
        Action    = "elasticloadbalancing:AddTags"
        Resource  = ["${local.elb}:loadbalancer/*", "${local.elb}:targetgroup/*", "${local.elb}:listener/*", "${local.elb}:listener-rule/*"]
        Condition = local.tagged_on_creation
      },
      {
        Sid      = "TagLater"
        Effect   = "Allow"
        Action   = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"]
        Resource = ["${local.elb}:loadbalancer/*", "${local.elb}:targetgroup/*", "${local.elb}:listener/*", "${local.elb}:listener-rule/*"]
        Condition = {
          StringEquals = { "aws:ResourceTag/elbv2.k8s.aws/cluster" = local.cluster }
          Null         = { "aws:RequestTag/elbv2.k8s.aws/cluster" = "true" }
        }
      },
      {
        Sid    = "ChangeItsBalancersAndTargets"
        Effect = "Allow"
        Action = [
          "elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:SetIpAddressType", "elasticloadbalancing:SetSecurityGroups",
          "elasticloadbalancing:SetSubnets", "elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:ModifyTargetGroup",
          "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:RegisterTargets",
          "elasticloadbalancing:DeregisterTargets",
        ]
        Resource  = ["${local.elb}:loadbalancer/*", "${local.elb}:targetgroup/*"]
        Condition = local.tagged
      },
    ]
  })
}
