"""Names of API members in the case that a service's own API wants, told by botocore's models.

Step Functions tasks and CloudFormation properties are written in PascalCase; some APIs (Step Functions, CodeBuild) want
camelCase. Used by the correction of moto's interpreter and by the provisioning of resources.
"""

import functools
import json
from datetime import datetime
from typing import Any

import botocore.session
from botocore import xform_name

_session = botocore.session.get_session()


@functools.cache
def shapes(service: str, action: str) -> tuple[Any, Any]:
    """Input and output shape of an operation in snake_case, (None, None) if the service has no such operation."""
    model = _session.get_service_model(service)
    for name in model.operation_names:
        if xform_name(name) == action:
            operation = model.operation_model(name)
            return operation.input_shape, operation.output_shape
    return None, None


def to_request(value: Any, shape: Any) -> Any:
    """`value` with member names as `shape` writes them; names are matched whatever their case, unknown ones are kept."""
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {name.lower(): name for name in shape.members}
        return {members.get(key.lower(), key): to_request(item, shape.members.get(members.get(key.lower(), key))) for key, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [to_request(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: to_request(item, shape.value) for key, item in value.items()}
    if shape.type_name == "string" and value is not None and not isinstance(value, str):
        return json.dumps(value, separators=(",", ":"))
    return value


def from_response(value: Any, shape: Any) -> Any:
    """`value` with member names in PascalCase and times as ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return {key[:1].upper() + key[1:]: from_response(item, shape.members.get(key)) for key, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [from_response(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: from_response(item, shape.value) for key, item in value.items()}
    return value
