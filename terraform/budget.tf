resource "aws_budgets_budget" "account" {
  count        = var.first_in_account ? 1 : 0
  name         = local.cluster
  budget_type  = "COST"
  limit_amount = tostring(var.budget.monthly_dollars)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    comparison_operator        = "GREATER_THAN"
    notification_type          = "ACTUAL"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = var.budget.mail
  }

  notification {
    comparison_operator        = "GREATER_THAN"
    notification_type          = "FORECASTED"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = var.budget.mail
  }
}
