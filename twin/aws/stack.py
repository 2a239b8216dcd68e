"""Everything of `python -m twin.aws` put together; `running` is also what tests use to have the AWS side alone."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from twin.aws import builds, findings, loopback, server
from twin.aws.credentials import RoleCredentials
from twin.aws.events import queues, topics
from twin.aws.events.delivery import Delivery
from twin.aws.events.expiry import Expiry
from twin.aws.events.schedules import Schedules
from twin.aws.events.sources import Announcements, build_state_change
from twin.aws.foundation import build_foundation, read_foundation
from twin.aws.functions.environment import Places
from twin.aws.functions.invocation import attach
from twin.aws.functions.pool import Workers
from twin.aws.functions.task_root import make_task_root
from twin.aws.gateway.server import Gateway
from twin.aws.mail import sending
from twin.aws.mail.mailbox import Mailbox, announcement
from twin.aws.mail.page import Page
from twin.aws.people import create_people
from twin.aws.provision.account import Account
from twin.aws.provision.catalogue import provision
from twin.aws.rights import enforcement
from twin.aws.spawner import Spawner
from twin.aws.template.source import read_source
from twin.aws.template.translation import translate
from twin.aws.weather import Weather, throttling
from twin.corrections.catalogue import corrected
from twin.corrections.patching import Patches

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".slipway"
STACK_NAME = "slipway"


@dataclass(frozen=True)
class Settings:
    """What a stack's AWS side needs to know. Port 0 means a free one."""

    template: Path
    state: Path
    parameters: Mapping[str, str]
    kubernetes_endpoint: str
    cluster_ca: Path
    clone_url: str
    registry: Path
    work: Path
    gate_python: Path
    port: int = 0
    gateway_port: int = 0
    mailbox_port: int = 0


@dataclass(frozen=True)
class Running:
    """Addresses of the AWS side and the outputs of the template."""

    endpoint: str
    gateway: str
    mailbox: str
    outputs: Mapping[str, str]
    account: str = server.ACCOUNT
    region: str = server.REGION


@contextmanager
def running(settings: Settings, announce: Callable[[str], None] = lambda line: None) -> Iterator[Running]:
    """Serve until the block ends; then every worker and build has ended too. `announce` gets a line for each mail and each message to a topic.

    Writes `aws.json`, `outputs.json` and the people's `credentials` and `config` into the state folder.
    OSError for a taken port, TemplateError for a bad template.
    """
    configuration = settings.template.parent / "slipway.yaml"
    source = read_source(settings.template, settings.parameters)
    translation = translate(source, region=server.REGION)
    with ExitStack() as stack:
        patches = stack.enter_context(corrected())
        account = Account(endpoint="", gateway="", stack=STACK_NAME)
        weather = Weather(settings.state)
        account.endpoint = stack.enter_context(server.serving(settings.port, lambda application: throttling(application, weather)))
        account.gateway = stack.enter_context(loopback.serving(Gateway(account.endpoint, account.apis), settings.gateway_port))
        mailbox = stack.enter_context(_mailbox(settings.mailbox_port, announce, patches))
        credentials, spawner = RoleCredentials(account.client("sts")), Spawner()
        stack.callback(spawner.close)
        task_root = make_task_root(settings.state / "functions" / "task", source.code or settings.state, [configuration] if configuration.exists() else [])
        workers = Workers(_places(settings, account.endpoint, task_root), credentials, spawner)
        stack.callback(workers.close)
        later = attach(workers, patches)
        queue_sources = queues.attach(workers, patches)
        stack.callback(queue_sources.close)
        topics.attach(announce, patches)
        announcements = Announcements()
        stack.callback(announcements.close)
        delivery = Delivery(later, weather)
        stack.callback(delivery.close)
        build_room = builds.Builds(_builder(settings), account.endpoint, spawner, credentials, lambda build: announcements.announce(build_state_change(build)))
        stack.callback(build_room.close)
        builds.attach(build_room, patches)
        findings.attach(settings.state, patches)
        foundation = read_foundation(configuration)
        build_foundation(
            foundation,
            endpoint=account.endpoint,
            kubernetes_endpoint=settings.kubernetes_endpoint,
            cluster_ca=settings.cluster_ca,
        )
        create_people(foundation.people, account.client("iam"), settings.state)
        outputs = provision(translation, source.parameters, account)
        enforcement.attach(settings.state, patches)
        stack.callback(Schedules(delivery).close)
        stack.callback(Expiry().close)
        described = Running(endpoint=account.endpoint, gateway=account.gateway, mailbox=mailbox, outputs=outputs)
        _write(settings.state, described)
        yield described


@contextmanager
def _mailbox(port: int, announce: Callable[[str], None], patches: Patches) -> Iterator[str]:
    """The URL of the mailbox that every mail goes to."""
    mailbox = Mailbox(arrived=lambda mail: announce(announcement(mail, url)))
    with loopback.serving(Page(mailbox), port) as url:
        sending.attach(mailbox, patches)
        yield url


def _places(settings: Settings, endpoint: str, task_root: Path) -> Places:
    return Places(
        python=TOOLS / "environments" / "functions" / "bin" / "python",
        runtime=TOOLS / "runtime",
        binaries=TOOLS / "bin",
        task_root=task_root,
        logs=settings.state / "logs" / "functions",
        scratch=settings.state / "functions" / "tmp",
        endpoint=endpoint,
    )


def _builder(settings: Settings) -> builds.Builder:
    return builds.Builder(
        clone_url=settings.clone_url,
        registry=settings.registry,
        work=settings.work,
        gate_python=settings.gate_python,
        path=os.environ.get("PATH", os.defpath),
        logs=settings.state / "logs" / "builds",
        findings=settings.state / findings.FILE,
    )


def _write(state: Path, described: Running) -> None:
    """For whoever starts after `ready`."""
    state.mkdir(parents=True, exist_ok=True)
    (state / "aws.json").write_text(json.dumps(vars(described), indent=2))
    (state / "outputs.json").write_text(json.dumps(described.outputs, indent=2))
