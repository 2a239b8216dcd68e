"""News for chat and for programs: an SNS topic.

The message is a custom notification of Amazon Q Developer in chat applications (once AWS Chatbot), which shows it in Slack and Teams as it is. Programs find
the facts in its `metadata.additionalContext`; subscriptions filter by the attributes `event`, `service` and `environment`.
https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

import json

from slipway.adapters.aws import client, translated
from slipway.domain.news import News

LONGEST_SUBJECT = 99
"""Characters, ASCII only. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
_NO_MARKUP = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "@": "＠", "`": "'", "*": "∗"})
"""Pushed code chooses parts of the text: it must neither make links nor call people."""


class SnsNewsChannel:
    def __init__(self, topic_arn: str) -> None:
        self._topic_arn = topic_arn
        self._client = client("sns")

    @translated()
    def publish(self, news: News) -> None:
        self._client.publish(
            TopicArn=self._topic_arn,
            Subject=news.sentence.encode("ascii", "replace").decode()[:LONGEST_SUBJECT],
            Message=json.dumps(message(news), ensure_ascii=False),
            MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in _attributes(news).items()},
        )


def message(news: News) -> dict[str, object]:
    """What is published. `threadId` keeps everything about a service in an environment in one thread."""
    place = "/".join(news.facts[name] for name in ("service", "environment") if news.facts.get(name))
    return {
        "version": "1.0",
        "source": "custom",
        "content": {"textType": "client-markdown", "title": f"{place}: {news.kind}".translate(_NO_MARKUP), "description": news.sentence.translate(_NO_MARKUP)},
        "metadata": {
            "threadId": f"slipway-{place}",
            "summary": news.sentence.translate(_NO_MARKUP),
            "eventType": news.kind,
            "additionalContext": dict(news.facts),
        },
    }


def _attributes(news: News) -> dict[str, str]:
    """SNS takes no empty attribute."""
    return {"event": news.kind, **{name: news.facts[name] for name in ("service", "environment") if news.facts.get(name)}}
