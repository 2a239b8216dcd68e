"""EventBridge rules, SQS queues and SNS topics."""

import json

from twin.aws.provision.account import Account, Created, Wanted


def rule(account: Account, wanted: Wanted) -> Created:
    """`AWS::Events::Rule` with its targets."""
    events, name = account.client("events"), account.physical_name(wanted, "Name")
    given = wanted.only("Description", "ScheduleExpression", "State", "EventBusName")
    if "EventPattern" in wanted.properties:
        given["EventPattern"] = json.dumps(wanted.properties["EventPattern"])
    arn = events.put_rule(Name=name, **given)["RuleArn"]
    if targets := wanted.properties.get("Targets"):
        events.put_targets(Rule=name, Targets=targets, **wanted.only("EventBusName"))
    return Created(ref=name, attributes={"Arn": arn})


def queue(account: Account, wanted: Wanted) -> Created:
    """`AWS::SQS::Queue`."""
    sqs = account.client("sqs")
    name = account.physical_name(wanted, "QueueName")
    settings = {key: value for key, value in wanted.properties.items() if key not in ("QueueName", "Tags")}
    attributes = {
        key: json.dumps(value) if isinstance(value, dict) else str(value).lower() if isinstance(value, bool) else str(value) for key, value in settings.items()
    }
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return Created(ref=url, attributes={"Arn": account.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def queue_policy(account: Account, wanted: Wanted) -> Created:
    """`AWS::SQS::QueuePolicy`."""
    for url in wanted.properties["Queues"]:
        account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(wanted.properties["PolicyDocument"])})
    return Created(ref=wanted.name)


def topic(account: Account, wanted: Wanted) -> Created:
    """`AWS::SNS::Topic` with its subscriptions."""
    wanted.without_effect("DisplayName", "KmsMasterKeyId", "Tags")
    sns, name = account.client("sns"), account.physical_name(wanted, "TopicName")
    arn = sns.create_topic(Name=name)["TopicArn"]
    for subscription in wanted.properties.get("Subscription", []):
        sns.subscribe(TopicArn=arn, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"])
    return Created(ref=arn, attributes={"TopicArn": arn, "TopicName": name})


def subscription(account: Account, wanted: Wanted) -> Created:
    """`AWS::SNS::Subscription`."""
    return Created(ref=account.client("sns").subscribe(**wanted.only("TopicArn", "Protocol", "Endpoint"))["SubscriptionArn"])


def topic_policy(account: Account, wanted: Wanted) -> Created:
    """`AWS::SNS::TopicPolicy`."""
    for arn in wanted.properties["Topics"]:
        account.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(wanted.properties["PolicyDocument"]))
    return Created(ref=wanted.name)
