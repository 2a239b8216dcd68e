"""Bodies against the fields that their kind has: `fieldValidation` Strict, Warn or Ignore. Called by `operations` for every object that was sent.

https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
"""

import json
import re
from collections.abc import Mapping

from twin.cluster.apiserver.errors import bad_request, untyped_apply
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import Resource
from twin.cluster.apiserver.schema.strictness import Findings, WrongType, fit
from twin.cluster.apiserver.schema.types import Struct


def checked(resource: Resource, item: object, query: Mapping[str, str]) -> tuple[Object, list[str]]:
    """The object without unknown fields, and the warnings for them and for duplicate ones. Bad request for a wrong type, and in Strict mode for both."""
    fitted, findings = _fitted(resource, item)
    if findings.wrong:
        raise bad_request(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {_unmarshalling(findings.wrong[0])}')
    mode = query.get("fieldValidation") or "Warn"
    faults = [f'duplicate field "{path}"' for path in findings.repeated] + [f'unknown field "{path}"' for path in findings.unknown]
    if mode == "Strict" and faults:
        raise bad_request("strict decoding error: " + ", ".join(faults))
    return fitted, faults if mode == "Warn" else []


def checked_configuration(resource: Resource, configuration: object, namespace: str, name: str) -> Object:
    """An applied configuration has to fit altogether: ApiError 500, as a real server answers, when it doesn't."""
    fitted, findings = _fitted(resource, configuration)
    faults = [f".{path}: field not declared in schema" for path in findings.unknown]
    faults += [f".{each.path}: expected {each.expected}, got &value.valueUnstructured{{Value:{_in_go(each.value)}}}" for each in findings.wrong]
    if faults:
        raise untyped_apply(namespace, name, resource.kind, resource.api_version, faults[0] if len(faults) == 1 else "errors:\n  " + "\n  ".join(faults))
    return fitted


def _fitted(resource: Resource, item: object) -> tuple[Object, Findings]:
    if not isinstance(item, dict):
        raise bad_request("the body of the request isn't an object")
    for name, said in (("apiVersion", resource.api_version), ("kind", resource.kind)):
        item.setdefault(name, said)
    if (item["apiVersion"], item["kind"]) != (resource.api_version, resource.kind):
        raise bad_request(
            f"the object provided is unrecognized (expected {resource.api_version}, Kind={resource.kind}; got {item['apiVersion']}, Kind={item['kind']})"
        )
    if not isinstance(item.get("metadata", {}) or {}, dict):
        raise bad_request("the object's metadata isn't an object")
    fitted, findings = fit(item, Struct(resource.model))
    return fitted, findings


def _in_go(value: object) -> str:
    """As Go's `%#v` prints it. A real server quotes what it was given, values of Secrets included."""
    match value:
        case dict():
            return f"map[string]interface {{}}{{{', '.join(f'{json.dumps(name)}:{_in_go(member)}' for name, member in value.items())}}}"
        case list():
            return f"[]interface {{}}{{{', '.join(map(_in_go, value))}}}"
    return json.dumps(value)


def _unmarshalling(wrong: WrongType) -> str:
    """Go's words, in which positions in lists don't appear."""
    path = re.sub(r"\[\d+\]", "", wrong.path)
    return f"json: cannot unmarshal {wrong.found} into Go struct field {wrong.owner}.{path} of type {wrong.expected}"
