# What CloudFormation needs for the resources of template.yaml, and for no others. Two kinds of names: those that the template gives (slipway-...), and those
# that CloudFormation makes of the stack's name.
locals {
  named = "slipway-*"
  made  = "${local.stack}-*"
  stack_statements = {
    data = [
      {
        Effect = "Allow"
        Action = [
          "dynamodb:CreateTable", "dynamodb:DeleteTable", "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive",
          "dynamodb:ListTagsOfResource", "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable",
          "dynamodb:UpdateTimeToLive",
        ]
        Resource = "${local.arn_prefix}:dynamodb:${local.in_region}:table/${local.made}"
      },
      {
        Effect = "Allow"
        Action = [
          "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketEncryption", "s3:DeleteBucketLifecycle", "s3:DeleteBucketPolicy", "s3:GetBucketAcl",
          "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetBucketVersioning",
          "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:ListBucket", "s3:ListTagsForResource", "s3:PutBucketOwnershipControls",
          "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration", "s3:TagResource", "s3:UntagResource",
        ]
        Resource = "${local.arn_prefix}:s3:::${local.made}"
      },
      {
        Effect    = "Allow"
        Action    = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource  = "${local.sam_bucket}/*"
        Condition = { StringEquals = { "s3:ResourceAccount" = local.account } }
      },
      {
        Effect = "Allow"
        Action = [
          "secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue",
          "secretsmanager:TagResource", "secretsmanager:UntagResource", "secretsmanager:UpdateSecret",
        ]
        # CloudFormation names a secret after its resource, without the stack.
        Resource = [
          for name in ["WebhookSecret", "GitHubAppSecret", "GitHubSignInSecret", "LinkSecret", "SessionSecret"] :
          "${local.arn_prefix}:secretsmanager:${local.in_region}:secret:${name}-*"
        ]
      },
      {
        Effect = "Allow"
        Action = [
          "kms:CreateAlias", "kms:CreateGrant", "kms:Decrypt", "kms:DeleteAlias", "kms:DescribeKey", "kms:DisableKey", "kms:DisableKeyRotation",
          "kms:EnableKey",
          "kms:EnableKeyRotation", "kms:Encrypt", "kms:GenerateDataKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags",
          "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
        ]
        Resource = "${local.arn_prefix}:kms:${local.in_region}:key/*"
        # The stack's own keys: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
        Condition = { StringEquals = { "aws:ResourceTag/aws:cloudformation:stack-name" = local.stack } }
      },
      {
        Effect   = "Allow"
        Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
        Resource = "${local.arn_prefix}:kms:${local.in_region}:alias/${local.named}"
      },
      {
        # No such action knows a resource.
        Effect = "Allow"
        Action = [
          "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "kms:CreateKey", "kms:ListAliases",
          "secretsmanager:GetRandomPassword",
        ]
        Resource = "*"
      },
    ]
    compute = [
      {
        Effect = "Allow"
        Action = [
          "lambda:AddPermission", "lambda:CreateAlias", "lambda:CreateFunction", "lambda:DeleteAlias", "lambda:DeleteFunction",
          "lambda:DeleteFunctionConcurrency", "lambda:GetAlias", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConfiguration",
          "lambda:GetFunctionRecursionConfig", "lambda:GetFunctionScalingConfig", "lambda:GetPolicy", "lambda:GetProvisionedConcurrencyConfig",
          "lambda:GetRuntimeManagementConfig", "lambda:ListVersionsByFunction", "lambda:PublishVersion", "lambda:PutFunctionConcurrency",
          "lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateAlias", "lambda:UpdateFunctionCode",
          "lambda:UpdateFunctionConfiguration",
        ]
        Resource = "${local.arn_prefix}:lambda:${local.in_region}:function:${local.named}"
      },
      {
        Effect   = "Allow"
        Action   = ["lambda:DeleteLayerVersion", "lambda:GetLayerVersion", "lambda:PublishLayerVersion"]
        Resource = [for name in ["DependenciesLayer", "HelmLayer"] : "${local.arn_prefix}:lambda:${local.in_region}:layer:${name}*"]
      },
      {
        Effect   = "Allow"
        Action   = ["lambda:DeleteEventSourceMapping", "lambda:ListTags", "lambda:UpdateEventSourceMapping"]
        Resource = "${local.arn_prefix}:lambda:${local.in_region}:event-source-mapping:*"
        # A mapping's name says nothing of its function: https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
        Condition = { ArnLikeIfExists = { "lambda:FunctionArn" = "${local.arn_prefix}:lambda:${local.in_region}:function:${local.named}" } }
      },
      {
        Effect    = "Allow"
        Action    = ["lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping"]
        Resource  = "*" # They know no mapping yet.
        Condition = { ArnLikeIfExists = { "lambda:FunctionArn" = "${local.arn_prefix}:lambda:${local.in_region}:function:${local.named}" } }
      },
      {
        Effect = "Allow"
        Action = [
          "states:CreateStateMachine", "states:DeleteStateMachine", "states:DescribeStateMachine", "states:ListTagsForResource", "states:TagResource",
          "states:UntagResource", "states:UpdateStateMachine",
        ]
        Resource = "${local.arn_prefix}:states:${local.in_region}:stateMachine:${local.named}"
      },
      {
        Effect   = "Allow"
        Action   = ["codebuild:BatchGetProjects", "codebuild:CreateProject", "codebuild:DeleteProject", "codebuild:UpdateProject"]
        Resource = "${local.arn_prefix}:codebuild:${local.in_region}:project/${local.named}"
      },
      {
        Effect = "Allow"
        Action = [
          "apigateway:AddCertificateToDomain", "apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT",
          "apigateway:RemoveCertificateFromDomain", "apigateway:TagResource", "apigateway:UntagResource",
        ]
        Resource = [
          for path in ["apis", "apis/*", "domainnames", "domainnames/*", "tags/*"] : "${local.arn_prefix}:apigateway:${var.region}::/${path}"
        ]
      },
      {
        Effect = "Allow"
        Action = [
          "cloudfront:CreateDistribution", "cloudfront:CreateDistributionWithTags", "cloudfront:DeleteDistribution", "cloudfront:GetDistribution",
          "cloudfront:GetDistributionConfig", "cloudfront:ListTagsForResource", "cloudfront:TagResource", "cloudfront:UntagResource",
          "cloudfront:UpdateDistribution",
        ]
        Resource = "${local.arn_prefix}:cloudfront::${local.account}:distribution/*"
      },
    ]
    telling = [
      {
        Effect = "Allow"
        Action = [
          "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:SetQueueAttributes", "sqs:TagQueue",
          "sqs:UntagQueue",
        ]
        Resource = [for name in distinct([local.named, local.made]) : "${local.arn_prefix}:sqs:${local.in_region}:${name}"]
      },
      {
        Effect = "Allow"
        Action = [
          "sns:CreateTopic", "sns:DeleteTopic", "sns:GetDataProtectionPolicy", "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes",
          "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource", "sns:SetSubscriptionAttributes", "sns:SetTopicAttributes", "sns:Subscribe",
          "sns:TagResource", "sns:Unsubscribe", "sns:UntagResource",
        ]
        Resource = "${local.arn_prefix}:sns:${local.in_region}:${local.named}"
      },
      {
        Effect = "Allow"
        Action = [
          "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
          "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
        ]
        Resource = [
          "${local.arn_prefix}:cloudwatch:${local.in_region}:alarm:${local.named}", "${local.arn_prefix}:cloudwatch::${local.account}:dashboard/slipway*",
        ]
      },
      {
        Effect = "Allow"
        Action = [
          "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy", "logs:DescribeLogGroups",
          "logs:DisassociateKmsKey", "logs:ListTagsForResource", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
        ]
        Resource = "${local.arn_prefix}:logs:${local.in_region}:log-group:/aws/*slipway-*"
      },
      {
        # The API's access log: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries",
          "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
        ]
        Resource = "*" # They know no log group.
      },
      {
        Effect = "Allow"
        Action = [
          "ses:CreateEmailIdentity", "ses:DeleteEmailIdentity", "ses:GetEmailIdentity", "ses:ListTagsForResource", "ses:TagResource", "ses:UntagResource",
        ]
        Resource = "${local.arn_prefix}:ses:${local.in_region}:identity/*"
      },
      {
        Effect = "Allow"
        Action = [
          "events:DeleteRule", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule", "events:PutRule", "events:PutTargets",
          "events:RemoveTargets", "events:TagResource", "events:UntagResource",
        ]
        Resource = "${local.arn_prefix}:events:${local.in_region}:rule/${local.made}"
      },
    ]
    roles = [
      {
        Effect = "Allow"
        Action = [
          "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
          "iam:ListRolePolicies", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
          "iam:UpdateRoleDescription",
        ]
        Resource = local.stack_roles
      },
      {
        Effect   = "Allow"
        Action   = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
        Resource = local.stack_roles
        # What SAM attaches and what the stack makes itself, and nothing an administrator has.
        Condition = { ArnLike = { "iam:PolicyARN" = concat(["${local.arn_prefix}:iam::${local.account}:policy/${local.made}"], [
          for name in ["service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole", "AWSXrayWriteOnlyAccess"] :
          "${local.arn_prefix}:iam::aws:policy/${name}"
        ]) } }
      },
      {
        Effect = "Allow"
        Action = [
          "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:GetPolicy", "iam:GetPolicyVersion",
          "iam:ListEntitiesForPolicy", "iam:ListPolicyVersions",
        ]
        Resource = "${local.arn_prefix}:iam::${local.account}:policy/${local.made}"
      },
      {
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = local.stack_roles
        Condition = { StringEquals = { "iam:PassedToService" = ["codebuild.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com"] } }
      },
    ]
  }
}
