"""Who is told of what became of a push: the code host, and channels for people."""

from datetime import datetime
from typing import Protocol

from slipway.domain.news import News
from slipway.domain.notice import Told


class CommitStatuses(Protocol):
    """What developers see beside a commit, and in the repository's list of deployments, on the code host."""

    def set_status(self, repository: str, commit: str, context: str, state: str, description: str) -> None:
        """`state` is pending, success, failure or error. https://docs.github.com/en/rest/commits/statuses"""

    def open_deployment(self, repository: str, commit: str, environment: str, description: str, key: str) -> int:
        """The number of the deployment that carries `key` in its payload: made with `required_contexts: []` and `auto_merge: false` unless it's there."""

    def set_deployment_status(self, repository: str, deployment: int, state: str, description: str, environment: str) -> None:
        """`state` is queued, pending, in_progress, success, failure, error or inactive. https://docs.github.com/en/rest/deployments/statuses"""


class Notices(Protocol):
    """The queue of what people may have to be told about."""

    def put(self, subject: str) -> None:
        """Have somebody look soon at `RUN#<id>` or `DEPLOYMENT#<id>`: one at a time for each subject, at least once."""


class NewsChannel(Protocol):
    """Where chat and programs hear of outcomes."""

    def publish(self, news: News) -> None: ...


class Tellings(Protocol):
    """What was told last, by `RUN#<id>`, `DEPLOYMENT#<id>` and `STATUS#<service>#<commit>`."""

    def read(self, key: str) -> Told: ...

    def remember(self, key: str, told: Told) -> bool:
        """Store it in the place of the version that `told` was read with; False, and nothing is stored, when somebody else has done so meanwhile."""


class CallBudget(Protocol):
    """How much may be written at the code host, in all functions together."""

    def take(self, now: datetime) -> bool:
        """Spend one call; False when none is left for now."""

    def pause(self, now: datetime) -> None:
        """The code host asked to slow down: none is left for a while."""
