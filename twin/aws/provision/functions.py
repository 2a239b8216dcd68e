"""Lambda: functions, layers, permissions and event source mappings.

The code is not uploaded: workers run it from the checkout (`functions.task_root`), so Lambda's API holds an empty archive.
"""

import io
import zipfile
from typing import Any

from twin.aws.provision.account import Account, Created, Wanted, tags

_PASSED_ON = (
    "Architectures",
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
    """`AWS::Lambda::Function`. VPC, log format and dead letter settings have no effect on the twin."""
    wanted.without_effect("Code", "DeadLetterConfig", "LoggingConfig", "PackageType", "VpcConfig")
    functions, name = account.client("lambda"), account.physical_name(wanted, "FunctionName")
    given = wanted.only(*_PASSED_ON)
    if variables := given.get("Environment", {}).get("Variables"):
        given["Environment"] = {"Variables": {key: str(value) for key, value in variables.items()}}
    made = functions.create_function(FunctionName=name, Code={"ZipFile": _empty_archive()}, Tags=tags(wanted), **given)
    if "ReservedConcurrentExecutions" in wanted.properties:
        functions.put_function_concurrency(FunctionName=name, **wanted.only("ReservedConcurrentExecutions"))
    return Created(ref=name, attributes={"Arn": made["FunctionArn"]})


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


def invoke_configuration(_: Account, wanted: Wanted) -> Created:
    """`AWS::Lambda::EventInvokeConfig`: asynchronous invocations follow Lambda's defaults on the twin, whatever it says."""
    wanted.without_effect("DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier")
    return Created(ref=wanted.name)


def event_source_mapping(account: Account, wanted: Wanted) -> Created:
    """`AWS::Lambda::EventSourceMapping` of a queue (see `events.queues`). One batch at a time, whatever the scaling says."""
    wanted.without_effect("ScalingConfig")
    given = wanted.only("FunctionName", "EventSourceArn", "BatchSize", "Enabled", "StartingPosition", "FunctionResponseTypes")
    return Created(ref=account.client("lambda").create_event_source_mapping(**given)["UUID"])
