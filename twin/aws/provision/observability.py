"""CloudWatch: log groups, alarms and dashboards. Functions' logs are files on the twin, and alarms never fire."""

from twin.aws.provision.account import Account, Created, Wanted

_ALARM = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "TreatMissingData",
    "Unit",
)


def log_group(account: Account, wanted: Wanted) -> Created:
    """`AWS::Logs::LogGroup`."""
    wanted.without_effect("KmsKeyId", "Tags")
    logs, name = account.client("logs"), account.physical_name(wanted, "LogGroupName")
    logs.create_log_group(logGroupName=name)
    if days := wanted.properties.get("RetentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))
    return Created(ref=name, attributes={"Arn": account.arn("logs", f"log-group:{name}:*")})


def alarm(account: Account, wanted: Wanted) -> Created:
    """`AWS::CloudWatch::Alarm`."""
    wanted.without_effect("Tags")
    name = account.physical_name(wanted, "AlarmName")
    account.client("cloudwatch").put_metric_alarm(AlarmName=name, **wanted.only(*_ALARM))
    return Created(ref=name, attributes={"Arn": account.arn("cloudwatch", f"alarm:{name}")})


def dashboard(account: Account, wanted: Wanted) -> Created:
    """`AWS::CloudWatch::Dashboard`."""
    name = account.physical_name(wanted, "DashboardName")
    account.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=wanted.properties["DashboardBody"])
    return Created(ref=name)
