resource "aws_cloudwatch_log_group" "flow" {
  #checkov:skip=CKV_AWS_338:log_days is a year unless an environment says less; dev does, where nobody has to prove anything later
  name              = "/aws/vpc/${local.cluster}"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_flow_log" "this" {
  vpc_id                   = aws_vpc.this.id
  traffic_type             = "ALL"
  log_destination          = aws_cloudwatch_log_group.flow.arn
  iam_role_arn             = aws_iam_role.flow.arn
  max_aggregation_interval = 60
}

resource "aws_iam_role" "flow" {
  name = "${local.cluster}-flow-logs"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # Else the flow logs of any account could be written with it (the confused deputy).
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "${local.arn_prefix}:ec2:${var.region}:${local.account}:vpc-flow-log/*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "flow" {
  name = "write"
  role = aws_iam_role.flow.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
      Resource = "${local.arn_prefix}:logs:${var.region}:${local.account}:log-group:/aws/vpc/${local.cluster}:*"
      }, {
      # It looks for its group by listing.
      Effect   = "Allow"
      Action   = "logs:DescribeLogGroups"
      Resource = "${local.arn_prefix}:logs:${var.region}:${local.account}:log-group:*"
    }]
  })
}
