"""Tell: brings what people see on the code host and in chat up to what the table says. Called by `handlers/tell.py` for subjects out of the queue of notices.

It looks at how things stand and tells the difference to what was told last, so it may run as often as it likes, and whatever happened between two calls ends as
one message. Votes are the exception: each becomes a status of its own on the deployment. Somebody may be told twice when this is killed between telling and
remembering, or when two runs of one commit are told about in the same second; the newer state always has the last word.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain import news as newsworthy
from slipway.domain import notice
from slipway.domain.deployment import Deployment
from slipway.domain.environment import Configuration
from slipway.domain.news import News
from slipway.domain.notice import Notice, Told
from slipway.domain.plain_text import cut, one_line
from slipway.domain.run import Run
from slipway.errors import InvalidInput, TemporarilyUnavailable
from slipway.ports import CallBudget, CommitStatuses, Configurations, Deployments, NewsChannel, Runs, Tellings, Timeline
from slipway.telemetry import logger


@dataclass(frozen=True)
class TellRequest:
    """`subject` is `RUN#<id>` or `DEPLOYMENT#<id>`."""

    subject: str


def tell(
    request: TellRequest,
    *,
    configurations: Configurations,
    runs: Runs,
    deployments: Deployments,
    timeline: Timeline,
    tellings: Tellings,
    news: NewsChannel,
    statuses: CommitStatuses,
    budget: CallBudget,
    now: datetime,
) -> None:
    """Chat first, then the code host; neither keeps the other from being told.

    TemporarilyUnavailable when something is left to tell: out of budget, one of the two didn't answer, or somebody else tells about the same at this moment.
    InvalidInput for a subject that isn't there.
    """
    kind, _, identity = request.subject.partition("#")
    host = _CodeHost(configurations.read(), statuses, budget, tellings, now)
    match kind:
        case "RUN":
            run = runs.get(identity)
            if run is None:
                return  # a rollback's run: its deployment is told about
            events = timeline.read(request.subject)
            silent = _publish(request.subject, newsworthy.of_run(run, deployments.of_run(identity)), tellings, news)
            host.show_commit(run, notice.commit_notice(run, events), notice.opened_at(events))
        case "DEPLOYMENT":
            deployment, events = deployments.get(identity), timeline.read(request.subject)
            silent = _publish(request.subject, newsworthy.of_deployment(deployment, events), tellings, news)
            host.show_deployment(deployment, notice.deployment_notice(deployment, events), notice.decisions(events))
        case _:
            raise InvalidInput(f"{request.subject!r} is neither a run nor a deployment.")
    if silent is not None:
        raise silent


def status_key(run: Run) -> str:
    """What is told beside a commit is remembered once for all of its runs: the newest is the one that people look at."""
    return f"STATUS#{run.service}#{run.commit}"


def _publish(subject: str, found: Sequence[News], tellings: Tellings, news: NewsChannel) -> TemporarilyUnavailable | None:
    """Publish what chat hasn't heard yet; the error when it can't be reached."""
    told = tellings.read(subject)
    for item in found:
        if item.kind in told.news:
            continue
        try:
            news.publish(item)
        except TemporarilyUnavailable as error:
            return error
        told = _remembered(tellings, subject, replace(told, news=(*told.news, item.kind)))
    return None


def _remembered(tellings: Tellings, key: str, told: Told) -> Told:
    if not tellings.remember(key, told):
        raise TemporarilyUnavailable(f"Somebody else tells about {key} at this moment.")
    return replace(told, version=told.version + 1)


class _CodeHost:
    """The code host, within its limits. Of a service that `slipway.yaml` doesn't have any more, nobody knows the repository: nothing is told."""

    def __init__(self, configuration: Configuration, statuses: CommitStatuses, budget: CallBudget, tellings: Tellings, now: datetime) -> None:
        self._configuration = configuration
        self._statuses = statuses
        self._budget = budget
        self._tellings = tellings
        self._now = now

    def show_commit(self, run: Run, standing: Notice, opened_at: datetime) -> None:
        """The status of the commit, unless a run of the same commit that began later has it. Who was overtaken while telling tells what stands once more."""
        key, service = status_key(run), self._configuration.services.get(run.service)
        overtaken = False
        while service is not None:
            told = self._tellings.read(key)
            newer = told.run != run.identity and told.opened_at > opened_at
            wanted = told if newer else replace(told, notice=standing, run=run.identity, opened_at=opened_at)
            if wanted == told and not overtaken:
                return
            if wanted.notice is not None and (wanted.notice != told.notice or overtaken):
                with self._one_call():
                    state, description = wanted.notice.state, wanted.notice.description
                    self._statuses.set_status(service.repository, run.commit, f"slipway/{run.service}", state, description)
            if self._tellings.remember(key, wanted):
                return
            overtaken = True

    def show_deployment(self, deployment: Deployment, standing: Notice, votes: Sequence[Notice]) -> None:
        """A deployment with a status for each vote, and on top of them how it stands."""
        key, service = f"DEPLOYMENT#{deployment.identity}", self._configuration.services.get(deployment.service)
        told = self._tellings.read(key)
        left = votes[told.votes :]
        if service is None or (told.notice == standing and not left):
            return
        environment = self._environment(deployment)
        if not told.number:
            description = cut(one_line(f"{deployment.service} {deployment.version}: {deployment.cause}"), notice.LONGEST_DESCRIPTION)
            number = 0
            with self._one_call():
                number = self._statuses.open_deployment(service.repository, deployment.commit, environment, description, deployment.identity)
            told = _remembered(self._tellings, key, replace(told, number=number))
        for shown in (*left, *([] if left and left[-1] == standing else [standing])):
            if told.number:
                with self._one_call():
                    self._statuses.set_deployment_status(service.repository, told.number, shown.state, shown.description, environment)
            told = _remembered(self._tellings, key, replace(told, notice=shown, votes=min(told.votes + 1, len(votes))))

    def _environment(self, deployment: Deployment) -> str:
        """Its name at the code host. Where several services come from one repository, the success of one would make the other's deployment inactive.

        https://docs.github.com/en/rest/deployments/deployments#inactive-deployments
        """
        services = self._configuration.services
        repository = services[deployment.service].repository.lower()
        alone = sum(service.repository.lower() == repository for service in services.values()) == 1
        return deployment.environment if alone else f"{deployment.service}-{deployment.environment}"

    @contextmanager
    def _one_call(self) -> Iterator[None]:
        """A call within the budget. What the code host refuses is logged and left: asking again would change nothing. After "later" nobody asks for a while."""
        if not self._budget.take(self._now):
            raise TemporarilyUnavailable("The code host takes no more for now; what is left to tell is told later.")
        try:
            yield
        except TemporarilyUnavailable:
            self._budget.pause(self._now)
            raise
        except InvalidInput as refused:
            logger.warning("the code host refuses to show something", refused=str(refused))
