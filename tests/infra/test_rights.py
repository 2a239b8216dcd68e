"""Rights of the template that a review has asked for: who reaches which secret, repository and part of the table, and what holds back the internet."""

from pathlib import Path
from typing import Any

from tests.infra.test_telling import FUNCTIONS, RESOURCES, statements

REACHED_FROM_OUTSIDE = ("WebhookFunction", "ConsoleFunction")


def resources_of(function: str, prefix: str) -> set[str]:
    """What the statements name."""
    found: set[str] = set()
    for statement in statements(function, prefix):
        named = statement["Resource"]
        found |= set(named) if isinstance(named, list) else {str(named)}
    return found


def test_the_function_that_everybody_may_call_reaches_no_private_key() -> None:
    assert resources_of("ConsoleFunction", "secretsmanager:") == {"LinkSecret", "SessionSecret", "GitHubSignInSecret"}
    assert "SLIPWAY_GITHUB_APP_SECRET_ARN" not in FUNCTIONS["ConsoleFunction"]["Environment"]["Variables"]
    assert resources_of("WebhookFunction", "secretsmanager:") == {"WebhookSecret"}


def test_nobody_may_change_or_delete_what_the_audit_log_says() -> None:
    for function in FUNCTIONS:
        for statement in statements(function, "dynamodb:"):
            keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
            assert "AUDIT#*" not in keys or (statement["Action"], keys) == (["dynamodb:PutItem"], ["AUDIT#*"]), function


def test_images_are_read_written_and_tagged_in_the_services_repositories_only() -> None:
    template = Path("template.yaml").read_text()
    assert template.count("repository/") == 2 * template.count("!Ref Repositories]]]]") == 6


def test_a_flood_from_outside_is_held_back_and_leaves_room_for_deployments() -> None:
    throttle: dict[str, Any] = RESOURCES["Api"]["Properties"]["DefaultRouteSettings"]
    assert 0 < throttle["ThrottlingRateLimit"] <= throttle["ThrottlingBurstLimit"] <= 1000
    limited = {name for name, properties in FUNCTIONS.items() if "ReservedConcurrentExecutions" in properties}
    assert limited == set(REACHED_FROM_OUTSIDE)
