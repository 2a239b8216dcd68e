"""What the steps need from the world, named by role. Adapters implement it for real, the tests' fakes in memory.

Every method may raise `TemporarilyUnavailable`; other errors are named where they occur.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from slipway.domain.approval import Approval, ApprovalState, Vote
from slipway.domain.deployment import Deployment, Outcome, RestorePoint
from slipway.domain.environment import Configuration, Environment, EnvironmentState, Person, Service
from slipway.domain.history import HealthyRelease
from slipway.domain.lease import Lease
from slipway.domain.plan import PlanDocument
from slipway.domain.release import Release
from slipway.domain.rollout import Workload
from slipway.domain.run import Run
from slipway.domain.smoke import Answer


class Configurations(Protocol):
    def read(self) -> Configuration:
        """The valid `slipway.yaml`."""


class Secret(Protocol):
    def values(self) -> Sequence[bytes]:
        """The current value first, then the previous one while a rotation is young."""


class Deliveries(Protocol):
    """GitHub's webhook deliveries by their GUID, kept for as long as GitHub can redeliver them."""

    def receive(self, delivery: str, run: str, now: datetime) -> bool:
        """Store the delivery as `received`; True when a run was already started for it."""

    def started(self, delivery: str) -> None:
        """The delivery's run was started: a redelivery has nothing left to do."""


class Workflows(Protocol):
    """Step Functions, seen from a step."""

    def start_release(self, name: str, request: Mapping[str, object]) -> bool:
        """Start the `release` workflow under that name; False when an execution of that name exists already."""

    def succeed(self, token: str, output: Mapping[str, object]) -> bool:
        """Answer a waiting task; False when nobody waits with that token any more. Only the first answer counts."""

    def is_running(self, execution: str) -> bool:
        """Whether the execution of that ARN hasn't ended yet, whatever it waits for."""

    def fail(self, token: str, error: str, cause: str) -> bool:
        """Fail a waiting task with an error name of `errors.py`; False when nobody waits with that token any more."""


class Runs(Protocol):
    def open(self, run: Run, now: datetime) -> None:
        """Record the run; a run that is there already stays as it is."""

    def close(self, run: Run, now: datetime) -> None:
        """Record state and reason."""

    def get(self, identity: str) -> Run | None: ...


class Releases(Protocol):
    def get(self, service: str, commit: str) -> Release | None: ...

    def claim(self, service: str, commit: str, run: str) -> int:
        """Become the run that builds this commit: the number of the attempt, the same when that run asks again; 0 for every other run."""

    def unclaim(self, service: str, commit: str) -> None:
        """Forget an unfinished build, so that the next run builds the commit anew."""

    def save(self, release: Release) -> None:
        """Record state, digests and reason. A release that is ready is never changed."""

    def await_build(self, service: str, commit: str, run: str, token: str) -> None:
        """Remember who waits for the build of this commit; a run waits with one token, its newest."""

    def take_waiters(self, service: str, commit: str) -> Sequence[str]:
        """The tokens of all who wait. They stay recorded until `forget_waiters`."""

    def forget_waiters(self, service: str, commit: str, tokens: Sequence[str]) -> None: ...


@dataclass(frozen=True)
class BuildResult:
    """How a build ended. `refusal` is the gate's answer when it said no; `broken` is set when the build itself failed to tell.

    `seconds` maps phases (gate, image) to their length.
    """

    service: str
    commit: str
    bundle_digest: str = ""
    refusal: str = ""
    broken: str = ""
    seconds: Mapping[str, float] | None = None


class Builds(Protocol):
    def start(self, service: Service, commit: str, attempt: int) -> str:
        """Start the build of a commit; its identity. The same commit and attempt again, within minutes, is the same build."""

    def result(self, build: str) -> BuildResult | None:
        """None while it runs."""


class Registry(Protocol):
    def digest(self, service: str, commit: str) -> str:
        """`sha256:<hex>` of the image that is tagged with the commit; empty when there is none."""

    def reference(self, service: str) -> str:
        """The image's repository as a pod names it, without tag and digest."""


class Bundles(Protocol):
    def unpack(self, digest: str, folder: Path) -> None:
        """Put the chart of a bundle into `folder`. InvalidInput when the stored bytes don't have that digest."""


class Deployments(Protocol):
    def open(self, deployment: Deployment, now: datetime) -> None:
        """Record the deployment; one that is there already stays as it is."""

    def get(self, identity: str) -> Deployment:
        """InvalidInput when there is none."""

    def of_run(self, run: str) -> Sequence[Deployment]:
        """In the order in which they were opened."""

    def latest(self, service: str, environment: str, limit: int) -> Sequence[Deployment]:
        """The newest deployments of a service to an environment, newest first."""

    def remember_revision(self, identity: str, revision: int) -> None:
        """Helm's number of what was applied last."""

    def close(self, identity: str, outcome: Outcome, reason: str, now: datetime) -> None: ...

    def remember_restore_point(self, identity: str, point: RestorePoint) -> RestorePoint:
        """Record where to go back to, the first time only; the recorded one."""

    def restore_point(self, identity: str) -> RestorePoint | None:
        """None when the deployment never began to change anything."""


class Environments(Protocol):
    def state(self, service: str, environment: str) -> EnvironmentState: ...

    def healthy(self, service: str, environment: str) -> Sequence[HealthyRelease]:
        """Every release that was ever healthy there."""

    def record(
        self, service: str, environment: str, state: EnvironmentState, deployment: str, epoch: int, healthy: HealthyRelease | None = None, hold: str = ""
    ) -> None:
        """Write the state, and which release was healthy, if the lease is the deployment's at that epoch; LeaseLost otherwise. One transaction.

        `hold` closes the environment for everything but rollbacks, with that reason, until it is resumed; empty leaves it as it is.
        """


class Leases(Protocol):
    def acquire(self, service: str, environment: str, deployment: str, token: str, now: datetime, *, first: bool = False) -> tuple[Lease, str] | None:
        """Queue with the token, then give a free lease to the head of the queue: the new owner's lease and token, None when it isn't free.

        `first` queues ahead of all who aren't, and is the only way past a hold. A deployment that has the lease already gets it again.
        """

    def release(self, service: str, environment: str, deployment: str) -> tuple[Lease, str] | None:
        """Give back the lease or the place in the queue. The next owner's lease and token when it went to a waiter who wasn't answered yet."""

    def resume(self, service: str, environment: str, hold: str) -> tuple[Lease, str] | None:
        """End this hold; another one stays. The next owner's lease and token when somebody waited for it."""

    def answered(self, service: str, environment: str, epoch: int) -> None:
        """The owner of that epoch knows that it has the lease. Until then every look at the queue gives its token again."""

    def read(self, service: str, environment: str) -> Lease: ...

    def waiting(self, service: str, environment: str) -> Sequence[str]:
        """The deployments in the queue, the next one first."""


class Plans(Protocol):
    """What people are shown before they decide. Manifests are large, so they aren't in the table."""

    def save(self, deployment: str, plan: PlanDocument) -> None: ...

    def read(self, deployment: str) -> PlanDocument | None: ...


class Approvals(Protocol):
    """Questions to people. The token of the task that waits for the answer is kept here and shown to nobody but Step Functions."""

    def open(self, approval: Approval, token: str) -> Approval | None:
        """Record the question; the pending one that it takes the place of, for the same service and environment.

        One that is there already stays as it is, takes the place of the same one again, and waits with the newer token.
        """

    def get(self, identity: str) -> Approval | None: ...

    def pending(self, service: str, environment: str) -> Approval | None:
        """The question that was asked last there, while nobody has decided it."""

    def token(self, identity: str) -> str: ...

    def remember_told(self, identity: str) -> None:
        """The deployment has got the decision."""

    def notified(self, identity: str) -> Sequence[str]:
        """Names of those who were sent the question."""

    def remember_notified(self, identity: str, person: str) -> None: ...

    def vote(self, identity: str, vote: Vote) -> bool:
        """Record the vote of a person who hasn't voted, while the question is pending; False otherwise, and nothing is written."""

    def votes(self, identity: str) -> Sequence[Vote]:
        """In the order in which they came."""

    def decide(self, identity: str, state: ApprovalState, reason: str, since: ApprovalState = ApprovalState.PENDING) -> bool:
        """Change the state from `since`; False when it is another one, and nothing is written."""


class Mails(Protocol):
    def ask(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        """Send a person the question with a link of their own."""


class Links(Protocol):
    """Signed links that name an approval and a person, in words that can be neither made nor changed without the key."""

    def make(self, approval: str, person: str) -> str:
        """The last part of the link's path: letters, digits, `-`, `_` and `.`."""

    def read(self, link: str) -> tuple[str, str] | None:
        """Approval and person; None when it is forged, cut short or signed with a key of before the last rotation."""


class FormTickets(Protocol):
    """What a page's form carries, so that only a form of that page is taken for it."""

    def make_ticket(self, link: str) -> str: ...

    def is_ticket(self, link: str, ticket: str) -> bool: ...


class Audit(Protocol):
    """Who decided what. Entries are only ever added."""

    def add(self, actor: str, action: str, subject: str, now: datetime, **details: Any) -> None: ...


@dataclass(frozen=True)
class TimelineEvent:
    """`subject` is `RUN#<id>` or `DEPLOYMENT#<id>`."""

    subject: str
    at: datetime
    kind: str
    message: str
    evidence: Mapping[str, Any]


class Timeline(Protocol):
    """The ordered events of a run or a deployment, for people."""

    def add(self, subject: str, kind: str, message: str, now: datetime, **evidence: Any) -> None:
        """`subject` is `RUN#<id>` or `DEPLOYMENT#<id>`; evidence is small, plain data."""

    def read(self, subject: str) -> Sequence[TimelineEvent]:
        """In the order in which they were added."""


@dataclass(frozen=True)
class HelmRelease:
    """A revision of a Helm release. `status` is Helm's word: deployed, superseded, failed, pending-upgrade ..."""

    revision: int
    status: str
    commit: str = ""

    @property
    def pending(self) -> bool:
        return self.status.startswith("pending-")


@dataclass(frozen=True)
class HelmFailed:
    """Helm, or the API server behind it, said no. `message` is what it printed."""

    message: str


class Charts(Protocol):
    """Helm in one namespace. Every method raises TemporarilyUnavailable when the cluster can't be reached."""

    def history(self, name: str) -> Sequence[HelmRelease]:
        """Oldest first; empty when nothing is installed."""

    def upgrade(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str, commit: str) -> HelmRelease | HelmFailed:
        """Install or upgrade, without waiting for the rollout. The revision's description carries the commit."""

    def render(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str) -> str | HelmFailed:
        """The manifest that `upgrade` would apply; nothing is changed. It holds secrets: compare it, never show it."""

    def manifest(self, name: str) -> str:
        """What is deployed now, empty when nothing is. It holds secrets, too."""

    def rollback(self, name: str, revision: int) -> HelmRelease | HelmFailed: ...

    def uninstall(self, name: str) -> None:
        """Remove the release and its history; nothing to remove is fine."""

    def workloads(self, name: str) -> Sequence[str]:
        """The Deployments of the newest revision's manifest."""


class Cluster(Protocol):
    """One namespace of a Kubernetes cluster."""

    def watch(self, deployments: Sequence[str], until: datetime) -> Iterator[Sequence[Workload]]:
        """The workloads now, and again at every change of a Deployment or pod, until the moment given."""

    def ready_pods(self, deployments: Sequence[str]) -> Sequence[str]: ...

    def get(self, pod: str, path: str) -> Answer:
        """A GET through the API server's pod proxy to the pod's first port; status 0 when the pod doesn't answer."""

    def last_lines(self, pod: str, container: str) -> str:
        """The end of a container's log, of its previous run when it ended; at most 2 KB, empty when there is none."""


class Clusters(Protocol):
    """The way into an environment, by the environment's own role."""

    def charts(self, environment: Environment) -> Charts: ...

    def cluster(self, environment: Environment) -> Cluster: ...
