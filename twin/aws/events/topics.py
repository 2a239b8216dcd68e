"""What is published to SNS topics, told to people on this machine in one line each. Nobody else gets it but a topic's own subscriptions, which are moto's.

Left out: mail and text messages to subscribers, alarms (they never fire here, so nothing is published by them).
"""

from collections.abc import Callable
from typing import Any

from moto.sns.models import Topic

from twin.corrections.patching import Patches

_LONGEST_LINE = 300


def attach(announce: Callable[[str], None], patches: Patches) -> None:
    """Have each message's subject, or its text when it has none, announced."""
    publish = Topic.publish

    def publish_and_announce(topic: Any, message: str, subject: str | None = None, *arguments: Any, **named: Any) -> Any:
        answer = publish(topic, message, subject, *arguments, **named)
        announce(line(topic.name, subject or message))
        return answer

    patches.replace(Topic, "publish", publish_and_announce)


def line(topic: str, text: str) -> str:
    """No character of what was published leaves the line, and a long text is cut."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in f"published to {topic}: {text}")
    return shown if len(shown) <= _LONGEST_LINE else f"{shown[: _LONGEST_LINE - 1]}…"
