"""Lambda: functions, their versions and aliases, layers, permissions and event source mappings.

The code is not uploaded: workers run it from the checkout (`functions.task_root`), so Lambda's API holds an empty archive.
"""

import io
import zipfile
from typing import Any

from twin.aws.provision.account import Account, Created, Wanted, tags
from twin.aws.template.errors import TemplateError

_PASSED_ON = (
    "Architectures",
    "DeadLetterConfig",
    "Description",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "KmsKeyArn",
    "Layers",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)


def _empty_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("README", "The twin runs functions from the checkout.")
    return buffer.getvalue()


def function(account: Account, wanted: Wanted) -> Created:
    """`AWS::Lambda::Function`. VPC and log format have no effect on the twin."""
    wanted.without_effect("Code", "LoggingConfig", "PackageType", "VpcConfig")
    functions, name = account.client("lambda"), account.physical_name(wanted, "FunctionName")
    given = wanted.only(*_PASSED_ON)
    _only_a_queue("DeadLetterConfig", given.get("DeadLetterConfig", {}).get("TargetArn"))
    if variables := given.get("Environment", {}).get("Variables"):
        given["Environment"] = {"Variables": {key: str(value) for key, value in variables.items()}}
    made = functions.create_function(FunctionName=name, Code={"ZipFile": _empty_archive()}, Tags=tags(wanted), **given)
    if "ReservedConcurrentExecutions" in wanted.properties:
        functions.put_function_concurrency(FunctionName=name, **wanted.only("ReservedConcurrentExecutions"))
    return Created(ref=name, attributes={"Arn": made["FunctionArn"]})


def version(account: Account, wanted: Wanted) -> Created:
    """`AWS::Lambda::Version`: the configuration that the function has now; the code is the checkout's for every version."""
    made = account.client("lambda").publish_version(**wanted.only("FunctionName", "Description"))
    return Created(ref=made["FunctionArn"], attributes={"FunctionArn": made["FunctionArn"], "Version": made["Version"]})


def alias(account: Account, wanted: Wanted) -> Created:
    """`AWS::Lambda::Alias`. All of its calls go to one version: RoutingConfig isn't supported."""
    made = account.client("lambda").create_alias(**wanted.only("FunctionName", "FunctionVersion", "Name", "Description"))
    return Created(ref=made["AliasArn"], attributes={"AliasArn": made["AliasArn"]})


def layer(account: Account, wanted: Wanted) -> Created:
    """`AWS::Lambda::LayerVersion`. What a layer brings to /opt/bin, the twin's functions find on PATH."""
    wanted.without_effect("Content")
    name = account.physical_name(wanted, "LayerName")
    given: dict[str, Any] = wanted.only("CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo")
    made = account.client("lambda").publish_layer_version(LayerName=name, Content={"ZipFile": _empty_archive()}, **given)
    return Created(ref=made["LayerVersionArn"], attributes={"LayerVersionArn": made["LayerVersionArn"]})


def permission(account: Account, wanted: Wanted) -> Created:
    """`AWS::Lambda::Permission`; not enforced."""
    given = wanted.only("FunctionName", "Action", "Principal", "SourceArn", "SourceAccount")
    account.client("lambda").add_permission(StatementId=wanted.name, **given)
    return Created(ref=wanted.name)


def invoke_configuration(account: Account, wanted: Wanted) -> Created:
    """`AWS::Lambda::EventInvokeConfig`. A function has one for all its versions and aliases here. TemplateError for a destination that isn't a queue."""
    given = wanted.only("FunctionName", "Qualifier", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "DestinationConfig")
    account.client("lambda").get_function(FunctionName=given["FunctionName"], Qualifier=given.pop("Qualifier"))
    for name, destination in given.get("DestinationConfig", {}).items():
        _only_a_queue(f"DestinationConfig.{name}", destination.get("Destination"))
    account.client("lambda").put_function_event_invoke_config(**given)
    return Created(ref=wanted.name)


def event_source_mapping(account: Account, wanted: Wanted) -> Created:
    """`AWS::Lambda::EventSourceMapping` of a queue (see `events.queues`). One batch at a time, whatever the scaling says. TemplateError for other sources."""
    wanted.without_effect("ScalingConfig")
    given = wanted.only("FunctionName", "EventSourceArn", "BatchSize", "Enabled", "FunctionResponseTypes")
    if not _is_of_sqs(source := wanted.properties["EventSourceArn"]):
        raise TemplateError(f"EventSourceArn: the twin's functions get events from SQS queues only, not from {source}")
    return Created(ref=account.client("lambda").create_event_source_mapping(**given)["UUID"])


def _only_a_queue(property_name: str, arn: str | None) -> None:
    """Lambda sends to standard queues only. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    if arn and (not _is_of_sqs(arn) or arn.endswith(".fifo")):
        raise TemplateError(f"{property_name}: the twin's Lambda sends to standard queues of SQS only, not to {arn}")


def _is_of_sqs(arn: str) -> bool:
    return arn.startswith("arn:aws:sqs:")
