"""What a call needs, and what policies say to it."""

from typing import Any

import pytest

from twin.aws.rights.permissions import Permission, UnknownAction, needed
from twin.aws.rights.policies import UnknownPolicy, allows

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/t"


def statement(**more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE, **more}]}


def put(key: str) -> Permission:
    return Permission("dynamodb:PutItem", TABLE, {"dynamodb:LeadingKeys": [key]})


@pytest.mark.parametrize(
    ("document", "allowed"),
    [
        (statement(), True),
        (statement(Action=["dynamodb:GetItem", "DynamoDB:putitem"]), True),
        (statement(Action="dynamodb:*"), True),
        (statement(Action="dynamodb:Put"), False),
        (statement(Resource=["other", f"{TABLE[:-1]}?"]), True),
        (statement(Resource=TABLE.upper()), False),
        (statement(Resource=f"{TABLE}/index/*"), False),
        (statement(Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["RUN#*"]}}), True),
        (statement(Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["AUDIT#*"]}}), False),
        (statement(Condition={"StringEquals": {"ses:FromAddress": "a@example.com"}}), False),
        ({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}, False),
    ],
)
def test_a_statement_allows_what_it_names_under_its_conditions(document: dict[str, Any], allowed: bool) -> None:
    assert allows([document], put("RUN#1")) is allowed


def test_without_an_allow_nothing_may_be_done_and_a_deny_wins() -> None:
    assert not allows([], put("RUN#1"))
    assert not allows([statement(), statement(Effect="Deny", Resource="*")], put("RUN#1"))
    assert allows([statement(), statement(Effect="Deny", Action="dynamodb:GetItem")], put("RUN#1"))


@pytest.mark.parametrize("more", [{"Condition": {"IpAddress": {"aws:SourceIp": "::/0"}}}, {"NotAction": "x"}])
def test_what_cannot_be_judged_is_said_and_not_guessed(more: dict[str, Any]) -> None:
    with pytest.raises(UnknownPolicy):
        allows([statement(**more)], put("RUN#1"))


KEY = {"pk": {"S": "RUN#1"}, "sk": {"S": "META"}}


@pytest.mark.parametrize(
    ("operation", "parameters", "keys"),
    [
        ("GetItem", {"Key": KEY}, ["RUN#1"]),
        ("PutItem", {"Item": KEY}, ["RUN#1"]),
        (
            "Query",
            {"KeyConditionExpression": "pk = :p AND begins_with(sk, :s)", "ExpressionAttributeValues": {":p": {"S": "RUN#1"}, ":s": {"S": "E"}}},
            ["RUN#1"],
        ),
        (
            "Query",
            {"KeyConditionExpression": "#s = :s AND #p=:p", "ExpressionAttributeNames": {"#p": "pk", "#s": "sk"}}
            | {"ExpressionAttributeValues": {":p": {"S": "RUN#1"}, ":s": {"S": "E"}}},
            ["RUN#1"],
        ),
        ("Scan", {}, []),
    ],
)
def test_a_call_of_a_table_is_about_its_leading_keys(operation: str, parameters: dict[str, Any], keys: list[str]) -> None:
    expected = Permission(f"dynamodb:{operation}", TABLE, {"dynamodb:LeadingKeys": keys})
    assert needed("dynamodb", operation, {"TableName": "t", **parameters}, {"t": "pk"}) == [expected]


def test_a_transaction_needs_what_each_of_its_writes_needs() -> None:
    writes = [{"Put": {"TableName": "t", "Item": KEY}}, {"ConditionCheck": {"TableName": "t", "Key": KEY}}, {"Delete": {"TableName": "t", "Key": KEY}}]
    found = needed("dynamodb", "TransactWriteItems", {"TransactItems": writes}, {"t": "pk"})
    assert [permission.action for permission in found] == ["dynamodb:PutItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem"]


def test_a_mail_is_about_the_address_that_it_comes_from() -> None:
    (found,) = needed("ses", "SendEmail", {"FromEmailAddress": "Slipway <s@example.com>"}, {})
    assert found == Permission("ses:SendEmail", "arn:aws:ses:us-east-1:123456789012:identity/s@example.com", {"ses:FromAddress": ["s@example.com"]})


def test_what_the_twin_has_not_learnt_is_unknown_and_who_one_is_may_always_be_asked() -> None:
    with pytest.raises(UnknownAction, match="iam:CreateUser"):
        needed("iam", "CreateUser", {}, {})
    assert needed("sts", "GetCallerIdentity", {}, {}) == []
