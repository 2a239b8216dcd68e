"""The judge over rights: an extra one is found, and so is a reason that is out of date."""

from tests.e2e.rights import needless

MAY = {"tell": {"dynamodb:GetItem", "sns:Publish"}, "apply": {"s3:GetObject"}}


def test_what_is_used_or_has_its_reason_is_needed() -> None:
    assert needless(MAY, {"tell": {"dynamodb:GetItem"}, "apply": {"s3:GetObject"}}, {"tell sns:Publish": "news are rare"}) == []


def test_an_extra_action_is_found_though_another_role_uses_it() -> None:
    did = {"tell": {"dynamodb:GetItem", "sns:Publish", "s3:GetObject"}}
    assert needless(MAY, did, {}) == ["apply s3:GetObject"]


def test_a_reason_for_what_is_not_allowed_any_more_is_found() -> None:
    assert needless({}, {}, {"tell sqs:SendMessage": "it was so once"}) == ["tell sqs:SendMessage"]
