# Whom the module keeps out. Without an account: scripts/terraform.sh test, and tests/infra/test_terraform.py. Few runs, since each starts the provider anew.
mock_provider "aws" {
  source = "./tests/account"
}

variables {
  environment = "prod"
  replicas    = { min = 3, max = 10 }
  resources = {
    requests = { cpu = 250, memory = 256 }
    limits   = { cpu = 1000, memory = 1024 }
  }
  nodes                   = { min = 3, max = 12 }
  nat_per_zone            = true
  private_endpoints       = true
  api_server_public_cidrs = ["198.51.100.0/24"]
  administrators          = ["platform-administrator"]
  github_workflows        = { sample-app = { environment = "prod" } }
  budget                  = { monthly_dollars = 900, mail = ["platform@example.com"] }
  platform_workflows      = { repository = "acme/slipway", environments = { plan = "plan", deploy = "prod" }, state_bucket = "acme-slipway-states" }
}

run "own_cluster_and_account" {
  command = plan

  # Cluster
  assert {
    condition = (
      aws_eks_cluster.this.access_config[0].authentication_mode == "API"
      && !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    )
    error_message = "Access entries are the only way in, and who makes the cluster isn't its administrator."
  }
  assert {
    condition     = tolist(aws_eks_cluster.this.encryption_config[0].resources) == tolist(["secrets"])
    error_message = "Secrets are encrypted with a key of our own."
  }
  assert {
    condition     = length(aws_eks_cluster.this.enabled_cluster_log_types) == 5
    error_message = "The control plane logs everything that it can."
  }
  assert {
    condition = (
      aws_eks_cluster.this.vpc_config[0].endpoint_private_access
      && aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(["198.51.100.0/24"])
    )
    error_message = "Nodes reach the API server inside the VPC, others from the named networks only."
  }
  assert {
    condition     = jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    error_message = "Somebody enforces network policies."
  }
  assert {
    condition = (
      toset(keys(merge(aws_eks_addon.before_nodes, aws_eks_addon.after_nodes)))
      == toset(["vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "metrics-server", "amazon-cloudwatch-observability"])
    )
    error_message = "Every addon is managed."
  }
  assert {
    condition     = alltrue([for key in [aws_kms_key.secrets, aws_kms_key.logs, aws_kms_key.images[0]] : key.enable_key_rotation])
    error_message = "Keys are rotated."
  }

  # Nodes
  assert {
    condition = (
      aws_launch_template.nodes.metadata_options[0].http_tokens == "required"
      && aws_launch_template.nodes.metadata_options[0].http_put_response_hop_limit == 1
    )
    error_message = "Pods don't get the node's credentials."
  }
  assert {
    condition     = aws_launch_template.nodes.block_device_mappings[0].ebs[0].encrypted == "true"
    error_message = "Disks are encrypted."
  }
  assert {
    condition     = toset(keys(aws_iam_role_policy_attachment.nodes)) == toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"])
    error_message = "A node may join and pull, nothing else: what pods may, pod identities say."
  }
  assert {
    condition     = aws_eks_node_group.this.capacity_type == "ON_DEMAND" && length(aws_eks_node_group.this.remote_access) == 0
    error_message = "Nobody logs in to nodes, and prod's aren't taken away."
  }

  # Network
  assert {
    condition = (
      alltrue([for subnet in concat(values(aws_subnet.public), values(aws_subnet.private), values(aws_subnet.control_plane)) :
      subnet.map_public_ip_on_launch != true])
    )
    error_message = "Nothing gets a public address by itself."
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 2 && length(aws_subnet.private) == 2 && length(aws_subnet.control_plane) == 2
    error_message = "Two zones, each with its own way out."
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.nodes_from_control_plane : rule.cidr_ipv4 == "10.0.0.0/27"])
    error_message = "Nodes admit the control plane's subnets, not the whole VPC."
  }
  assert {
    condition     = contains(keys(aws_vpc_security_group_ingress_rule.nodes_from_control_plane), "8000")
    error_message = "The control plane reaches the app port."
  }
  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.retention_in_days == 365
    error_message = "All traffic is logged for a year."
  }
  assert {
    condition = (
      alltrue([for endpoint in aws_vpc_endpoint.interface :
      jsondecode(endpoint.policy).Statement[0].Condition == { StringEquals = { "aws:PrincipalAccount" = "123456789012" } }])
    )
    error_message = "Endpoints serve credentials of this account only."
  }
  assert {
    condition = (
      length(setsubtract(["ecr.api", "ecr.dkr", "sts", "eks", "states", "kms", "secretsmanager", "logs"], keys(aws_vpc_endpoint.interface))) == 0
      && toset(keys(aws_vpc_endpoint.gateway)) == toset(["s3", "dynamodb"])
    )
    error_message = "Everything that a private cluster calls has its endpoint."
  }

  # Roles
  assert {
    condition = alltrue([
      for name, role in aws_iam_role.environment : alltrue([
        for statement in jsondecode(role.assume_role_policy).Statement :
        statement.Condition.StringEquals["sts:RoleSessionName"] == "slipway-${name}" && alltrue([
          for principal in statement.Condition.ArnLike["aws:PrincipalArn"] :
          can(regex("^arn:aws:iam::123456789012:role/slipway-[A-Za-z]+FunctionRole-\\*$", principal))
        ])
      ])
    ])
    error_message = "An environment's role is for the deploying functions of the stack and for sessions of that environment."
  }
  assert {
    condition     = alltrue([for name, entry in aws_eks_access_entry.environment : entry.kubernetes_groups == toset(["slipway:${name}"])])
    error_message = "An environment's role is in its own group, and in no other."
  }
  assert {
    condition = (
      [for each in aws_eks_access_policy_association.administrator : each.principal_arn]
      == ["arn:aws:iam::123456789012:role/platform-administrator"]
    )
    error_message = "Only administrators have one of EKS's own policies."
  }
  assert {
    condition = alltrue([
      for role in aws_iam_role.pod : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:RequestTag/eks-cluster-arn"]
      == "arn:aws:eks:us-east-1:123456789012:cluster/slipway"
    ])
    error_message = "A pod's role is for one service account of this cluster."
  }
  assert {
    condition = alltrue([
      for resource in flatten([for statement in jsondecode(aws_iam_role_policy.secrets.policy).Statement : statement.Resource]) :
      startswith(resource, "arn:aws:secretsmanager:us-east-1:123456789012:secret:slipway/")
    ])
    error_message = "External Secrets reads what is named for an environment, not Slipway's own secrets."
  }

  # Registry
  assert {
    condition = (
      alltrue([for repository in aws_ecr_repository.service :
        repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push
      && repository.encryption_configuration[0].encryption_type == "KMS"])
    )
    error_message = "A tag means the same image for ever, and every image is scanned."
  }
  assert {
    condition = (
      alltrue(flatten([for policy in aws_ecr_lifecycle_policy.service :
      [for rule in jsondecode(policy.policy).rules : rule.selection.tagStatus == "untagged"]]))
    )
    error_message = "An image with a tag may be running: no rule removes it."
  }

  # Github
  assert {
    condition = (
      jsondecode(aws_iam_role.github["sample-app"].assume_role_policy).Statement[0].Condition == { StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = "repo:acme/sample-app:environment:prod"
      } }
    )
    error_message = "The role is for the environment prod of one repository."
  }
  assert {
    condition = alltrue([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.github["sample-app"].policy).Statement : statement.Action]) :
      can(regex("^ecr:(Get|Describe|Batch(Get|Check))[A-Za-z]+$", action))
    ])
    error_message = "Workflows push no images: the gate is the only way to one."
  }

  # Slipway's own workflows
  assert {
    condition = alltrue([
      for name, environment in { plan = "plan", deploy = "prod" } :
      jsondecode(aws_iam_role.platform[name].assume_role_policy).Statement == [{
        Effect    = "Allow"
        Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = { StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:acme/slipway:environment:${environment}"
        } }
      }]
    ])
    error_message = "Each role is for one environment of this repository."
  }
  assert {
    condition = alltrue([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.platform_plan[0].policy).Statement : statement.Action]) :
      can(regex("^([a-z0-9]+:(Describe|List|Get|View)[A-Za-z]+|kms:Decrypt)$", action)) && !can(regex("SecretValue|dynamodb:|states:|ecr:Batch", action))
    ])
    error_message = "A pull request's plan reads, and neither secrets nor data of Slipway's."
  }
  assert {
    condition = alltrue([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.platform_deploy[0].policy).Statement : statement.Action]) :
      contains(["s3:GetObject", "s3:ListBucket", "s3:PutObject", "iam:PassRole"], action)
      || can(regex("^cloudformation:(Describe|Get|(Create|Execute|Delete)ChangeSet)", action))
    ])
    error_message = "GitHub hands over change sets, and changes no resource by itself."
  }
  assert {
    condition = jsondecode(aws_iam_role.cloudformation[0].assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "cloudformation.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } }
    }]
    error_message = "Nobody but CloudFormation acts as its role."
  }
  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_role_policy.cloudformation : [
        for statement in jsondecode(policy.policy).Statement : [
          for resource in flatten([statement.Resource]) : can(regex(":role/slipway-(\\*FunctionRole|\\*StateMachineRole|BuildRole)-\\*$", resource))
        ] if length(setintersection(flatten([statement.Action]), ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PassRole"])) > 0
      ]
    ]))
    error_message = "A change set changes the roles of the stack's own functions, and no environment's, administrator's or GitHub's."
  }
}

run "second_cluster_private_and_for_another_account" {
  command = plan
  variables {
    first_in_account        = false
    control_plane           = { account = "210987654321" }
    api_server_public_cidrs = []
    github_workflows        = { sample-app = { branch = "main", api_id = "a1b2c3" } }
    platform_workflows      = null
  }

  assert {
    condition = (
      jsondecode(aws_iam_role.github["sample-app"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"]
      == "repo:acme/sample-app:ref:refs/heads/main"
    )
    error_message = "The role is for one branch of one repository."
  }
  assert {
    condition = (
      jsondecode(aws_iam_role_policy.github["sample-app"].policy).Statement[2].Resource
      == "arn:aws:execute-api:us-east-1:210987654321:a1b2c3/*/*/api/*"
    )
    error_message = "It may call Slipway's API, and nothing else behind it."
  }
  assert {
    condition     = length(aws_iam_role.platform) + length(aws_iam_role.cloudformation) == 0
    error_message = "Without platform_workflows nothing at GitHub may plan or deploy."
  }
  assert {
    condition     = !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "Without networks nobody outside reaches the API server."
  }
  assert {
    condition     = length(aws_security_group.functions) == 1 && length(aws_vpc_security_group_ingress_rule.api_from_functions) == 1
    error_message = "Functions inside the VPC have a group that the API server admits."
  }
  assert {
    condition     = length(aws_ecr_repository.service) + length(aws_iam_openid_connect_provider.github) + length(aws_budgets_budget.account) == 0
    error_message = "What an account has once isn't made twice."
  }
  assert {
    condition = (
      jsondecode(aws_iam_role.environment["prod"].assume_role_policy).Statement[0].Principal.AWS == "arn:aws:iam::210987654321:root"
    )
    error_message = "The functions are trusted where they are."
  }
}
