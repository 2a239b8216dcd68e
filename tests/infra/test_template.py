"""What the translated template has to hold to, whatever is added to it; each rule finds a planted violation."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.lint_template import PARAMETERS
from tests.infra.translated import Resources, of_type, statements, translated
from twin.aws.template.errors import TemplateError
from twin.aws.template.source import read_source

RESOURCES: Resources = translated()["Resources"]
Rule = Callable[[Resources], Iterator[str]]


def every_function_is_called_by_a_version_or_an_alias(resources: Resources) -> Iterator[str]:
    """But in its own version and in the statements of roles, and where its name is only a metric's dimension."""
    functions = set(of_type(resources, "AWS::Lambda::Function"))
    for kind, callers in {
        "AWS::StepFunctions::StateMachine": "DefinitionSubstitutions",
        "AWS::Events::Rule": "Targets",
        "AWS::Lambda::EventSourceMapping": "FunctionName",
        "AWS::ApiGatewayV2::Api": "Body",
    }.items():
        for name, properties in of_type(resources, kind).items():
            named = json.dumps(properties[callers])
            yield from (f"{name} calls {function} itself" for function in functions if f'"{function}"' in named or f"${{{function}.Arn}}" in named)


def definitions_name_versions_and_their_roles_may_invoke_all_of_them(resources: Resources) -> Iterator[str]:
    versions = {name: properties["FunctionName"]["Ref"] for name, properties in of_type(resources, "AWS::Lambda::Version").items()}
    for machine, properties in of_type(resources, "AWS::StepFunctions::StateMachine").items():
        named = {key: value["Ref"] for key, value in properties["DefinitionSubstitutions"].items() if key.endswith("FunctionArn")}
        yield from (f"{machine} names {value} as {key}" for key, value in named.items() if versions.get(value) != key.removesuffix("Arn"))
        allowed = json.dumps([statement["Resource"] for name, statement in statements(resources, lambda name, machine=machine: name == f"{machine}Role")])
        yield from (f"{machine} may not invoke old versions for {key}" for key in named if f'"${{{key.removesuffix("Arn")}.Arn}}:*"' not in allowed)


def published_versions_stay(resources: Resources) -> Iterator[str]:
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Version" and resource.get("DeletionPolicy") != "Retain":
            yield f"{name} goes with the next upgrade"


def every_log_ends(resources: Resources) -> Iterator[str]:
    groups = of_type(resources, "AWS::Logs::LogGroup")
    kept = {properties["LogGroupName"]: properties.get("RetentionInDays") for properties in groups.values()}
    for name, properties in of_type(resources, "AWS::Lambda::Function").items():
        if kept.get(f"/aws/lambda/{properties['FunctionName']}") != {"Ref": "LogRetentionDays"}:
            yield f"nothing ends the log of {name}"
    for name, properties in groups.items():
        if properties.get("RetentionInDays") != {"Ref": "LogRetentionDays"}:
            yield f"{name} has no end"


def state_machines_log_errors_without_data_and_are_traced(resources: Resources) -> Iterator[str]:
    for name, properties in of_type(resources, "AWS::StepFunctions::StateMachine").items():
        logging = properties.get("LoggingConfiguration", {})
        if (logging.get("Level"), logging.get("IncludeExecutionData"), bool(logging.get("Destinations"))) != ("ERROR", False, True):
            yield f"{name} logs otherwise"
        if properties.get("TracingConfiguration") != {"Enabled": True}:
            yield f"{name} isn't traced"


def actions_are_named(resources: Resources) -> Iterator[str]:
    for name, statement in statements(resources):
        actions = statement["Action"]
        yield from (f"{name} has {action}" for action in ([actions] if isinstance(actions, str) else actions) if "*" in action)


KNOWING_NO_RESOURCE = {
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    "ecr:GetAuthorizationToken",
    # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
    *(f"logs:{action}LogDelivery" for action in ("Create", "Delete", "Get", "Update")),
    *("logs:ListLogDeliveries", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"),
}
"""Actions for which AWS takes only `*` as the resource, or Step Functions needs it."""


def resources_are_named(resources: Resources) -> Iterator[str]:
    for name, statement in statements(resources):
        if statement["Effect"] == "Allow" and "*" in ([statement["Resource"]] if isinstance(statement["Resource"], (str, dict)) else statement["Resource"]):
            yield from (f"{name} has {action} on everything" for action in set(statement["Action"]) - KNOWING_NO_RESOURCE)


def failed_events_are_kept_and_told(resources: Resources) -> Iterator[str]:
    functions = of_type(resources, "AWS::Lambda::Function")
    for name, properties in of_type(resources, "AWS::Events::Rule").items():
        function = properties["Targets"][0]["Arn"]["Ref"].removesuffix("Aliaslive")
        if "FailedEventsQueue" not in json.dumps(functions[function].get("DeadLetterConfig")):
            yield f"what {name} brings to {function} may be lost"
    if not any("FailedEventsQueue" in json.dumps(alarm.get("Dimensions")) for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values()):
        yield "nobody is told of what is kept"


def every_alarm_says_what_to_do_is_told_and_shown(resources: Resources) -> Iterator[str]:
    [dashboard] = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]
    shown = {alarm for widget in widgets if widget["type"] == "alarm" for alarm in widget["properties"]["alarms"]}
    for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
        if len(alarm.get("AlarmDescription", "")) < 60 or alarm.get("AlarmActions") != [{"Ref": "EventsTopic"}] or f"${{{name}.Arn}}" not in shown:
            yield f"{name} isn't told, explained or shown"


ENCRYPTED = {
    "AWS::DynamoDB::Table": "SSESpecification",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::S3::Bucket": "BucketEncryption",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::SecretsManager::Secret": "KmsKeyId",
}
"""And the property that names the key."""
STATEFUL = {*ENCRYPTED, "AWS::KMS::Key"} - {"AWS::Logs::LogGroup", "AWS::SNS::Topic"}


def what_is_stored_has_our_key(resources: Resources) -> Iterator[str]:
    for kind, key in ENCRYPTED.items():
        for name, properties in of_type(resources, kind).items():
            if '"DataKey"' not in json.dumps(properties.get(key)):
                yield f"{name} isn't encrypted with it"


def what_is_stored_stays(resources: Resources) -> Iterator[str]:
    for name, resource in resources.items():
        if resource["Type"] in STATEFUL and (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) != ("Retain", "Retain"):
            yield f"{name} goes with the stack"
    for name, table in of_type(resources, "AWS::DynamoDB::Table").items():
        if not (table.get("DeletionProtectionEnabled") and table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]):
            yield f"{name} can be lost"


def everybody_in_a_key_policy_comes_through_a_service(resources: Resources) -> Iterator[str]:
    for name, key in of_type(resources, "AWS::KMS::Key").items():
        if not key.get("EnableKeyRotation") and key.get("KeyUsage", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT":
            yield f"{name} isn't rotated"
        for statement in key["KeyPolicy"]["Statement"]:
            conditions = statement.get("Condition", {}).get("StringEquals", {})
            if statement["Principal"] in ("*", {"AWS": "*"}) and not {"kms:CallerAccount", "kms:ViaService"} <= conditions.keys():
                yield f"{statement['Sid']} of {name} lets everybody in"


def no_function_has_a_right_to_the_key_of_what_is_stored(resources: Resources) -> Iterator[str]:
    for name, statement in statements(resources):
        if "DataKey" in json.dumps(statement):
            yield f"{name} names it"


def only_admit_signs_releases(resources: Resources) -> Iterator[str]:
    """By its own policy and by the key's, which both have to allow it."""
    yield from (f"{name} may sign" for name, statement in statements(resources) if "kms:Sign" in statement["Action"] and name != "AdmitFunctionRole")
    for statement in resources["SigningKey"]["Properties"]["KeyPolicy"]["Statement"]:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        if {"kms:Sign", "kms:*", "kms:CreateGrant"} & set(actions) and "-AdmitFunctionRole-*" not in json.dumps(statement.get("Condition")):
            yield f"{statement['Sid']} lets others sign"


CALLING_A_CLUSTER = ("Apply", "Plan", "RestorePrevious", "SmokeTest", "VerifyRestored", "WatchRollout")


def who_calls_a_cluster_can_be_in_its_network_and_leaves_interfaces_to_lambda(resources: Resources) -> Iterator[str]:
    placed = {name for name, function in of_type(resources, "AWS::Lambda::Function").items() if "SubnetIds" in json.dumps(function.get("VpcConfig"))}
    if placed != {f"{name}Function" for name in CALLING_A_CLUSTER}:
        yield f"in the network are {placed}"
    for name in placed:
        if {"Ref": "NetworkInterfacesPolicy"} not in resources[f"{name}Role"]["Properties"]["ManagedPolicyArns"]:
            yield f"the code of {name} may change network interfaces"
    [(_, denied)] = statements(resources, lambda name: name == "NetworkInterfacesPolicy")
    if denied["Effect"] != "Deny" or "lambda:SourceFunctionArn" not in json.dumps(denied["Condition"]):
        yield "the policy doesn't deny it to functions' code"


def operators_read_no_histories_and_redrive_nothing(resources: Resources) -> Iterator[str]:
    guarded = {"states:GetExecutionHistory", "states:RedriveExecution"}
    for name, statement in statements(resources):
        if statement["Effect"] == "Allow" and guarded & set(statement["Action"]):
            yield f"{name} allows it"
    if not any(
        statement["Effect"] == "Deny" and guarded <= set(statement["Action"]) for _, statement in statements(resources, lambda name: name == "OperatorsPolicy")
    ):
        yield "OperatorsPolicy doesn't deny it"


def people_come_by_the_name_that_is_theirs(resources: Resources) -> Iterator[str]:
    """Through CloudFront where there is a web ACL, by the domain where there is one; and then the API has no other name."""
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        address = function["Environment"]["Variables"].get("SLIPWAY_CONSOLE_URL")
        if address is not None and [part in json.dumps(address) for part in ("HasWebAcl", "Distribution", "HasDomain", "DomainName")] != [True] * 4:
            yield f"{name} sends people elsewhere"
    named = json.dumps(resources["Api"]["Properties"]["Body"].get("servers"))
    if "HasDomain" not in named:
        yield "the API keeps its first name"


RULES: dict[Rule, Callable[[dict[str, Any]], object]] = {
    every_function_is_called_by_a_version_or_an_alias: lambda found: found["TellMapping"]["Properties"].update(FunctionName={"Ref": "TellFunction"}),
    definitions_name_versions_and_their_roles_may_invoke_all_of_them: lambda found: found["DeployStateMachine"]["Properties"]["DefinitionSubstitutions"].update(
        PlanFunctionArn={"Ref": "PlanFunctionAliaslive"}
    ),
    published_versions_stay: lambda found: next(found[name] for name in found if name.startswith("PlanFunctionVersion")).pop("DeletionPolicy"),
    every_log_ends: lambda found: found["PlanLogs"]["Properties"].pop("RetentionInDays"),
    state_machines_log_errors_without_data_and_are_traced: lambda found: found["DeployStateMachine"]["Properties"]["LoggingConfiguration"].update(
        IncludeExecutionData=True
    ),
    actions_are_named: lambda found: found["PlanFunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0].update(
        Action=["secretsmanager:Get*"]
    ),
    resources_are_named: lambda found: found["PlanFunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0].update(Resource="*"),
    failed_events_are_kept_and_told: lambda found: found["SweepFunction"]["Properties"].pop("DeadLetterConfig"),
    every_alarm_says_what_to_do_is_told_and_shown: lambda found: found["UntoldAlarm"]["Properties"].update(AlarmActions=[]),
    what_is_stored_has_our_key: lambda found: found["UntoldQueue"]["Properties"].pop("KmsMasterKeyId"),
    what_is_stored_stays: lambda found: found["Table"]["Properties"].update(DeletionProtectionEnabled=False),
    everybody_in_a_key_policy_comes_through_a_service: lambda found: found["DataKey"]["Properties"]["KeyPolicy"]["Statement"][1].pop("Condition"),
    no_function_has_a_right_to_the_key_of_what_is_stored: lambda found: found["PlanFunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"][
        "Statement"
    ].append({"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": {"Fn::GetAtt": ["DataKey", "Arn"]}}),
    only_admit_signs_releases: lambda found: found["SigningKey"]["Properties"]["KeyPolicy"]["Statement"][1].pop("Condition"),
    who_calls_a_cluster_can_be_in_its_network_and_leaves_interfaces_to_lambda: lambda found: found["ApplyFunctionRole"]["Properties"][
        "ManagedPolicyArns"
    ].remove({"Ref": "NetworkInterfacesPolicy"}),
    operators_read_no_histories_and_redrive_nothing: lambda found: found["OperatorsPolicy"]["Properties"]["PolicyDocument"]["Statement"].pop(),
    people_come_by_the_name_that_is_theirs: lambda found: found["SweepFunction"]["Properties"]["Environment"]["Variables"].update(
        SLIPWAY_CONSOLE_URL={"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    ),
}
"""Each with what breaks it."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_template_holds_to(rule: Rule) -> None:
    assert list(rule(RESOURCES)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_planted_violation_is_found(rule: Rule) -> None:
    planted = copy.deepcopy(dict(RESOURCES))
    RULES[rule](planted)
    assert list(rule(planted)) != []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "parameter MailFrom needs a value: Sender of the mails"),
        ({"MailFrom": "somebody"}, "parameter MailFrom can't be 'somebody'; it has to be one address such as slipway@example.com"),
        ({"SubnetIds": "subnet-1a"}, "rule NetworkIsGivenAsAWhole: SubnetIds and SecurityGroupIds are given together"),
        ({"SecurityGroupIds": "sg-1a"}, "rule NetworkIsGivenAsAWhole"),
        ({"SubnetIds": "subnet-1a, subnet-2b", "SecurityGroupIds": "sg-1a"}, "parameter SubnetIds can't be 'subnet-1a, subnet-2b'"),
        ({"DomainName": "slipway.example.com"}, "rule DomainIsGivenAsAWhole: DomainName and CertificateArn are given together"),
        ({"WebAclArn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/0"}, "of scope CLOUDFRONT"),
        ({"LogRetentionDays": "100"}, "parameter LogRetentionDays can't be '100'; allowed: 1, 3, 5"),
        ({"AlertsEmail": "a@example.com,b@example.com"}, "parameter AlertsEmail can't be"),
        ({"Repositories": "sample-app, other"}, "parameter Repositories can't be ' other'"),
    ],
)
def test_a_wrong_or_half_given_parameter_is_refused_before_anything_is_made(given: dict[str, str], told: str) -> None:
    with pytest.raises(TemplateError) as raised:
        read_source(Path("template.yaml"), {**(PARAMETERS if given else {}), **given})
    assert told in str(raised.value)


def test_everything_optional_can_be_given() -> None:
    network = {"SubnetIds": "subnet-1a,subnet-2b", "SecurityGroupIds": "sg-1a"}
    domain = {"DomainName": "slipway.example.com", "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0-1"}
    wall = {"WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/slipway/0-1", "AlertsEmail": "team@example.com"}
    assert read_source(Path("template.yaml"), {**PARAMETERS, **network, **domain, **wall, "ReservedConcurrency": "5"}).parameters["DomainName"]


def test_every_parameter_says_what_it_is_and_what_it_may_be() -> None:
    for name, parameter in translated()["Parameters"].items():
        assert parameter.get("Description") and parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue"}, name
        assert "AllowedPattern" not in parameter or parameter.get("ConstraintDescription"), name
        assert name in Path("samconfig.toml").read_text(), name
