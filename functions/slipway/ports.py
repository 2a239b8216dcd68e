"""What the steps need from the world, named by role. Adapters implement it for real, the tests' fakes in memory.

Every method may raise `TemporarilyUnavailable`; other errors are named where they occur.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from slipway.domain.approval import Approval, ApprovalState, Vote
from slipway.domain.deployment import Deployment, DeployRequest, Outcome, RestorePoint
from slipway.domain.environment import Configuration, Environment, EnvironmentState, Person, Service
from slipway.domain.history import HealthyRelease
from slipway.domain.lease import Lease, Superseded
from slipway.domain.news import News
from slipway.domain.notice import Told
from slipway.domain.plan import PassedCheck, PlanDocument
from slipway.domain.release import Release
from slipway.domain.rollout import Workload
from slipway.domain.run import Run
from slipway.domain.smoke import Answer


class Configurations(Protocol):
    def read(self) -> Configuration:
        """The valid `slipway.yaml`."""


class Secret(Protocol):
    def values(self) -> Sequence[bytes]:
        """The current value first, then the previous one while a rotation is young, which is 24 hours."""


@dataclass(frozen=True)
class PushedRef:
    """What a push event tells of its ref: the objects before and after, and when the push was (`repository.pushed_at`, seconds since the epoch)."""

    repository: str
    ref: str
    before: str
    after: str
    at: int


class Receipt(StrEnum):
    """What is to be done about a delivery."""

    GO_ON = "go on"
    """Start its runs: it is new, or was stored by a call that got no further."""
    STARTED = "started"
    OVERTAKEN = "overtaken"
    """A newer push of that ref is known, or this one without its event."""


class Deliveries(Protocol):
    """GitHub's webhook deliveries by their GUID, kept for as long as GitHub can redeliver them."""

    def receive(self, delivery: str, run: str, pushed: PushedRef, now: datetime) -> Receipt:
        """Store the delivery as `received`, and with it what its ref points at now, for `Refs`: both or neither."""

    def is_started(self, delivery: str) -> bool: ...

    def started(self, delivery: str) -> None:
        """The delivery's run was started: a redelivery has nothing left to do."""


class Workflows(Protocol):
    """Step Functions, seen from a step."""

    def start_release(self, name: str, request: Mapping[str, object]) -> bool:
        """Start the `release` workflow under that name; False when an execution of that name exists already."""

    def start_deploy(self, request: DeployRequest) -> bool:
        """Start the `deploy` workflow under the deployment's name; False when an execution of that name exists already."""

    def release_execution(self, run: str) -> str:
        """The ARN of the `release` execution of that name."""

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

    def unfinished(self) -> Sequence[str]:
        """Those that aren't closed, by identity."""


@dataclass(frozen=True)
class UnfinishedBuild:
    """`build` is empty as long as nobody has written down that it was started; `since` is when the commit was claimed."""

    service: str
    commit: str
    since: datetime
    build: str = ""


class Releases(Protocol):
    def get(self, service: str, commit: str) -> Release | None: ...

    def label(self, service: str, tag: str, commit: str, asked_at: datetime) -> None:
        """That tag means this commit from now on, unless it was pushed later with another one."""

    def tagged(self, service: str, tag: str) -> Release | None:
        """The release of the commit that the tag means."""

    def begun(self, service: str, digits: str) -> Sequence[Release]:
        """Those whose commits begin with these digits; seven of them at least."""

    def remember_pusher(self, service: str, commit: str, login: str) -> None:
        """Whoever pushed the commit for a deployment, or asked for one by hand. For good: nobody's part in it is forgotten by what others do later."""

    def pushers(self, service: str, commit: str) -> Sequence[str]:
        """All of them, in alphabetical order."""

    def claim(self, service: str, commit: str, run: str, now: datetime) -> int:
        """Become the run that builds this commit: the number of the attempt, the same when that run asks again; 0 for every other run."""

    def unclaim(self, service: str, commit: str, build: str) -> bool:
        """Forget that build of the commit (empty: one that was never started), so that the next run builds it anew; False when another is under way."""

    def save(self, release: Release) -> None:
        """Record state, digests and reason. A release that is ready is never changed."""

    def await_build(self, service: str, commit: str, run: str, token: str) -> None:
        """Remember who waits for the build of this commit; a run waits with one token, its newest."""

    def take_waiters(self, service: str, commit: str) -> Sequence[str]:
        """The tokens of all who wait. They stay recorded until `forget_waiters`."""

    def forget_waiters(self, service: str, commit: str, tokens: Sequence[str]) -> None: ...

    def remember_build(self, service: str, commit: str, build: str) -> None:
        """Which build makes this commit's release, so that its end can be looked up when nobody announces it."""

    def unfinished_builds(self) -> Sequence[UnfinishedBuild]:
        """Those that nobody has brought to an end: claimed, and not yet `build_ended`."""

    def build_ended(self, service: str, commit: str, build: str) -> None:
        """Everybody who waited for that build knows how it ended."""


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

    def tag(self, service: str, digest: str, commit: str) -> bool:
        """The image of that digest is the commit's, too. False, and nothing is changed, when there is no such image or the commit has another one."""

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

    def close(self, identity: str, outcome: Outcome, reason: str, now: datetime) -> Deployment:
        """Record how it ended; the recorded end, which is an earlier one when there was one."""

    def unfinished(self) -> Sequence[str]:
        """Those that aren't closed, by identity."""

    def remember_restore_point(self, identity: str, point: RestorePoint) -> RestorePoint:
        """Record where to go back to, the first time only; the recorded one."""

    def restore_point(self, identity: str) -> RestorePoint | None:
        """None when the deployment never began to change anything."""


class Environments(Protocol):
    def state(self, service: str, environment: str) -> EnvironmentState: ...

    def recorded_by(self, service: str, environment: str) -> str:
        """The deployment that wrote the state; empty before the first."""

    def healthy(self, service: str, environment: str) -> Sequence[HealthyRelease]:
        """Every release that was ever healthy there: thousands, after some years."""

    def healthy_release(self, service: str, environment: str, commit: str) -> HealthyRelease | None:
        """The one of that commit; None when it never was healthy there."""

    def record(
        self,
        service: str,
        environment: str,
        state: EnvironmentState,
        deployment: str,
        epoch: int,
        healthy: HealthyRelease | None = None,
        hold: str = "",
        *,
        settled: bool = True,
        replaced: HealthyRelease | None = None,
    ) -> None:
        """Write the state, which release was healthy and which one's time ended by it, in one transaction and only with the lease at that epoch.

        LeaseLost otherwise. `hold` closes the environment for everything but rollbacks, with that reason, until it is resumed; empty leaves it as it is.
        Unless it is `settled` what runs, the lease goes on to say who was changing it.
        """


class Leases(Protocol):
    """The fenced right to change a service in an environment, and the queue of those who wait for it with a task token."""

    def acquire(
        self, service: str, environment: str, deployment: str, token: str, now: datetime, *, asked_at: datetime, first: bool = False
    ) -> tuple[Lease, str] | None:
        """Queue with the token, then give a free lease to the head of the queue: the new owner's lease and token, None when it isn't free.

        `first` queues ahead of all who aren't, and is the only way past a hold. Of all others only the one that was asked for last may wait: older
        ones are superseded, also when they come later. A deployment that has the lease already gets it again.
        """

    def superseded(self, service: str, environment: str) -> Sequence[Superseded]:
        """Who has to be told that it isn't waiting any more; each until it is released."""

    def release(self, service: str, environment: str, deployment: str) -> tuple[Lease, str] | None:
        """Give back the lease or the place in the queue. The next owner's lease and token when it went to a waiter who wasn't answered yet."""

    def resume(self, service: str, environment: str, hold: str) -> tuple[Lease, str] | None:
        """End this hold; another one stays. The next owner's lease and token when somebody waited for it."""

    def answered(self, service: str, environment: str, epoch: int) -> None:
        """The owner of that epoch knows that it has the lease. Until then every look at the queue gives its token again."""

    def hand_on(self, service: str, environment: str) -> tuple[Lease, str] | None:
        """Give a free lease to the head of the queue, as `release` does, for whoever finds that nobody has."""

    def ask_to_stop(self, service: str, environment: str, epoch: int, reason: str) -> None:
        """Ask the owner of that epoch to end at its next safe point; the first reason stays."""

    def put_on_hold(self, service: str, environment: str, deployment: str, reason: str) -> None:
        """Close the environment for everything but rollbacks, as `Environments.record` does, while the lease is that deployment's."""

    def begin(self, service: str, environment: str, deployment: str, epoch: int, until: datetime) -> None:
        """A call begins to change the environment and has ended by `until`, whatever happens. It knows that it has the lease.

        LeaseLost when the lease is somebody else's, or is to be given up.
        """

    def landed(self, service: str, environment: str, epoch: int) -> None:
        """That call has ended: nothing is in flight any more."""

    def read(self, service: str, environment: str) -> Lease: ...

    def waiting(self, service: str, environment: str) -> Sequence[str]:
        """The deployments in the queue, the next one first."""


class Plans(Protocol):
    """What people are shown before they decide, by the question's identity. Manifests are large, so they aren't in the table."""

    def save(self, question: str, plan: PlanDocument) -> None: ...

    def read(self, question: str) -> PlanDocument | None: ...


class GateReports(Protocol):
    """What the quality gate said of a commit that it let through, for a service."""

    def read(self, service: str, commit: str) -> Sequence[PassedCheck]:
        """Empty when no report is kept any more."""


class Approvals(Protocol):
    """Questions to people. The token of the task that waits for the answer is kept here and shown to nobody but Step Functions."""

    def open(self, approval: Approval, token: str) -> Approval | None:
        """Record the question; the pending one that it takes the place of, for the same service and environment.

        The newest wins: while a pending one is about a push that came later (`asked_at`), this one is recorded as superseded and takes nobody's place.
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

    def reminded(self, identity: str) -> Sequence[str]:
        """Names of those who were reminded of the question."""

    def remember_reminded(self, identity: str, person: str) -> None: ...

    def vote(self, approval: Approval, vote: Vote) -> bool:
        """Record the vote of a person who hasn't voted, together with its entry in the audit log, while the question is pending.

        False otherwise, and nothing is written.
        """

    def votes(self, identity: str) -> Sequence[Vote]:
        """In the order in which they came."""

    def decide(self, identity: str, state: ApprovalState, reason: str, since: ApprovalState = ApprovalState.PENDING) -> bool:
        """Change the state from `since`; False when it is another one, and nothing is written."""


class Mails(Protocol):
    """InvalidInput, with the provider's words, when a mail or an address is refused."""

    def ask(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        """Send a person the question with a link of their own."""

    def remind(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        """Send a person the question once more, saying that it is about to expire."""


class Links(Protocol):
    """Signed links that name an approval and a person, in words that can be neither made nor changed without the key."""

    def make(self, approval: str, person: str) -> str:
        """The last part of the link's path: letters, digits, `-`, `_` and `.`."""

    def read(self, link: str) -> tuple[str, str] | None:
        """Approval and person; None when it is forged, cut short or signed with a key of before the last rotation."""


@dataclass(frozen=True)
class SignInAttempt:
    """`state` goes through the code host and back, `verifier` proves that we began it, `link` is the page to come back to; `cookie` keeps all three."""

    state: str
    verifier: str
    link: str
    cookie: str


class Sessions(Protocol):
    """Who a browser's user is, in cookies that can be neither made nor changed without the key, and that end by themselves."""

    def begin(self, link: str, now: datetime) -> SignInAttempt: ...

    def resume(self, cookie: str, state: str, now: datetime) -> SignInAttempt | None:
        """None unless the cookie is one that `begin` made with that state, a short while ago."""

    def make(self, login: str, now: datetime) -> str:
        """The cookie of a session."""

    def read(self, cookie: str, now: datetime) -> str:
        """The login that the session is of; empty when it is none (any more)."""


class Accounts(Protocol):
    """People's accounts at the code host. InvalidInput, with what to do, on a platform where nobody can sign in."""

    def page(self, state: str, challenge: str, login: str) -> str:
        """The address where a person says who they are; `challenge` is the SHA-256 of the verifier as base64 for URLs, without padding (RFC 7636)."""

    def login(self, code: str, verifier: str) -> str:
        """Whose the code is that the code host has sent back; empty when it doesn't take the code (any more)."""


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
    """Helm, or the API server behind it, said no. `message` is the line that says why, without values of Secrets."""

    message: str


class Charts(Protocol):
    """Helm in one namespace. Every method raises TemporarilyUnavailable when the cluster can't be reached."""

    def history(self, name: str) -> Sequence[HelmRelease]:
        """Oldest first; empty when nothing is installed."""

    def upgrade(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str, commit: str) -> HelmRelease | HelmFailed:
        """Install or upgrade, without waiting for the rollout. The revision's description carries the commit."""

    def render(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str) -> str | HelmFailed:
        """The manifest that `upgrade` would apply, but for what the chart looks up in the cluster; nothing is changed. It holds secrets: compare it, never
        show it.
        """

    def looks_up(self, chart: Path) -> bool:
        """Whether the chart may look things up in the cluster while it is rendered, so that `render` shows it without them."""

    def manifest(self, name: str) -> str:
        """What is deployed now, empty when nothing is. It holds secrets, too."""

    def rollback(self, name: str, revision: int) -> HelmRelease | HelmFailed: ...

    def uninstall(self, name: str) -> None:
        """Remove the release and its history; nothing to remove is fine."""

    def workloads(self, name: str) -> Sequence[str]:
        """The Deployments of the newest revision's manifest."""


@dataclass(frozen=True)
class ObjectName:
    """What a manifest calls an object; `namespace` is empty where the manifest leaves it to the deployment."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""


class Cluster(Protocol):
    """One namespace of a Kubernetes cluster."""

    def watch(self, deployments: Sequence[str], until: datetime) -> Iterator[Sequence[Workload]]:
        """The workloads now, again at every change of a Deployment or pod, and every few seconds without one, until the moment given."""

    def ready_pods(self, deployments: Sequence[str]) -> Sequence[str]: ...

    def get(self, pod: str, path: str) -> Answer:
        """A GET through the API server's pod proxy to the pod's first port; status 0 when the pod doesn't answer."""

    def last_lines(self, pod: str, container: str) -> str:
        """The end of a container's log, of its previous run when it ended; at most 2 KB, empty when there is none."""

    def objects(self, names: Sequence[ObjectName]) -> Mapping[ObjectName, Mapping[str, Any] | None]:
        """Objects of the namespace as they are, with their `managedFields`; None for one that isn't there. They hold secrets: compare them, never show them.

        What the environment's role may not read, and what lies elsewhere, is left out of the answer.
        """


class Clusters(Protocol):
    """The way into an environment, by the environment's own role."""

    def charts(self, environment: Environment, check: Callable[[], None] | None = None) -> Charts:
        """`check` is called every few seconds while Helm runs; what it raises stops Helm, which is given time to end well, and is raised then."""

    def cluster(self, environment: Environment) -> Cluster: ...


@dataclass(frozen=True)
class CommitInfo:
    """A commit as the code host shows it. `author` and `committer` are logins, empty when the host knows none for the commit's e-mail address.

    `addresses` are those addresses, as whoever made the commit wrote them.
    """

    commit: str
    message: str
    author_name: str
    author: str
    committer: str
    addresses: Sequence[str] = ()


@dataclass(frozen=True)
class Comparison:
    """What `head` has that `base` hasn't, oldest first. `omitted` older commits, at least, aren't listed.

    `files` are the paths that differ, None when there are too many to tell, or when `head` isn't built on `base`. `lost` commits are in `base` and not in
    `head`. Unless they are `related`, the two have no history in common as far as the host knows: then `commits` is the history of `head`.
    `connected` is False when nobody has connected us to the repository: then the head's hash is all that is known.
    """

    commits: Sequence[CommitInfo]
    omitted: int = 0
    files: Sequence[str] | None = None
    lost: int = 0
    related: bool = True
    connected: bool = True


class Commits(Protocol):
    """The history of a repository (`owner/name`)."""

    def between(self, repository: str, base: str, head: str) -> Comparison:
        """An empty `base` gives the head alone. InvalidInput when there is no such head."""


@dataclass(frozen=True)
class RefsNow:
    """Branches and tags of a repository, by full name (`refs/heads/main`), with the object that each points at: of an annotated tag, the tag object.

    That is what a push event calls `after`. `at` is when they were read, by the code host's clock.
    """

    refs: Mapping[str, str]
    at: datetime


@dataclass(frozen=True)
class LastPush:
    """Who pushed (a person's login, empty when nobody knows, or when it was a program) and when."""

    login: str = ""
    at: datetime | None = None


class ChangedRefs(Protocol):
    """Branches and tags as the code host has them now."""

    def read(self, repository: str) -> RefsNow | None:
        """None when nobody has connected us to that repository."""

    def commit(self, repository: str, ref: str, target: str) -> str:
        """The commit that the object leads to, through a tag object or directly; empty when it leads to something else."""

    def last_push(self, repository: str, ref: str, commit: str) -> LastPush:
        """Of that commit to that ref. Nothing is known of it when the host doesn't tell (any more), as for every tag on GitHub."""


@dataclass(frozen=True)
class FailedDelivery:
    """A webhook delivery that no attempt brought through. `number` is what the code host redelivers by, `guid` what the webhook sees.

    `at` is when the last of its `attempts` was made.
    """

    number: int
    guid: str
    at: datetime
    attempts: int = 1


class DeliveryLog(Protocol):
    """What the code host sent to our webhook."""

    def failed(self, since: datetime) -> Sequence[FailedDelivery]:
        """Oldest first; one for each GUID whose every attempt failed."""

    def redeliver(self, delivery: FailedDelivery) -> None:
        """Ask for another attempt. One that the host has forgotten meanwhile stays undelivered."""


@dataclass(frozen=True)
class KnownRef:
    """What we remember of a ref: the object that it pointed at, and since when we know (seconds since the epoch, by the code host's clock).

    `unstarted` while a run that was decided on without an event isn't known to have started.
    """

    target: str
    at: int
    unstarted: bool = False


class Refs(Protocol):
    """The last seen state of every branch and tag. The webhook writes it with the delivery (`Deliveries.receive`), `catch_up` what came without an event."""

    def known(self, repository: str) -> Mapping[str, KnownRef] | None:
        """By full name; None before the first baseline."""

    def baseline(self, repository: str, refs: Mapping[str, str], at: int) -> None:
        """Remember a repository for the first time. What the webhook has remembered of it already stays."""

    def see(self, repository: str, ref: str, seen: KnownRef, before: KnownRef | None) -> bool:
        """Remember what was seen; False, and nothing is written, when what is known isn't `before` any more."""

    def started(self, repository: str, ref: str, seen: KnownRef) -> None:
        """The run of what was seen has started; nothing to note when something newer is known meanwhile."""

    def forget(self, repository: str, ref: str, before: KnownRef) -> None:
        """A deleted ref, unless it is there anew meanwhile."""


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
