"""IAM: roles and policies. `twin.aws.rights` goes by them."""

import json
from collections.abc import Iterable
from typing import Any

from twin.aws.provision.account import Account, Created, Wanted


def role(account: Account, wanted: Wanted) -> Created:
    """`AWS::IAM::Role`. Managed policies of AWS itself are left out: the twin doesn't hold them."""
    iam, properties = account.client("iam"), wanted.properties
    wanted.without_effect("Description", "MaxSessionDuration", "PermissionsBoundary", "Tags")
    name = account.physical_name(wanted, "RoleName")[:64]
    made = iam.create_role(RoleName=name, Path=properties.get("Path", "/"), AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]))["Role"]
    for inline in properties.get("Policies", []):
        _put(iam, name, inline["PolicyName"], inline["PolicyDocument"])
    for arn in properties.get("ManagedPolicyArns", []):
        if ":iam::aws:" not in arn:
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    return Created(ref=name, attributes={"Arn": made["Arn"], "RoleId": made["RoleId"]})


def policy(account: Account, wanted: Wanted) -> Created:
    """`AWS::IAM::Policy`: an inline policy of the roles that it names."""
    for name in wanted.properties.get("Roles", []):
        _put(account.client("iam"), name, wanted.properties["PolicyName"], wanted.properties["PolicyDocument"])
    return Created(ref=wanted.properties["PolicyName"])


def managed_policy(account: Account, wanted: Wanted) -> Created:
    """`AWS::IAM::ManagedPolicy`."""
    wanted.without_effect("Description")
    iam = account.client("iam")
    document = json.dumps(_complete(wanted.properties["PolicyDocument"]))
    arn = iam.create_policy(PolicyName=account.physical_name(wanted, "ManagedPolicyName"), PolicyDocument=document)["Policy"]["Arn"]
    names: Iterable[str] = wanted.properties.get("Roles", [])
    for name in names:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    return Created(ref=arn)


def _put(iam: Any, role_name: str, name: str, document: dict[str, Any]) -> None:
    iam.put_role_policy(RoleName=role_name, PolicyName=name, PolicyDocument=json.dumps(_complete(document)))


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", **document}
