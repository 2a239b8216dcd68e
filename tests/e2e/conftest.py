"""One stack for all tests that push, decide and roll back: a stack's start and its first release cost more than most of them.

They are in one group, so that one worker runs them, in whatever order. Whichever comes first brings about what it needs.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from tests.e2e import cluster_rights, rights
from tests.e2e.promoting import Promoting
from tests.e2e.running import ENVIRONMENT, SECRET, SERVICE, Running
from twin.demo.cluster import Namespace
from twin.demo.observe import Observer
from twin.demo.repository import Clone
from twin.stack.running import running_stack


@dataclass(frozen=True)
class FirstDeployment:
    """Of stage, by a commit that crashes: how it ended, and the objects of the namespace before and after."""

    state: str
    reason: str
    outcomes: tuple[str, ...]
    kinds: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started from a developer's shell that has a secret. When all tests have run on it, nobody may have a right that none of them needed."""
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv(SECRET, "hush")
        with running_stack("e2e", runs=tmp_path_factory.mktemp("runs")) as stack:
            clone = Clone(stack.repositories[SERVICE], stack.folder / "clone")
            found = Running(stack, clone, Observer(stack, SERVICE), Namespace(stack, ENVIRONMENT, SERVICE))
            yield found
            if _is_whole(request):
                iam = boto3.client("iam", endpoint_url=stack.aws_endpoint, region_name="us-east-1", aws_access_key_id="twin", aws_secret_access_key="twin")
                assert rights.needless(rights.allowed(iam), rights.used(stack.folder), rights.UNSEEN) == []
                _assert_roles_fit(found)


def _is_whole(request: pytest.FixtureRequest) -> bool:
    """Whether nothing of this folder was left out."""
    asked = {item.path.name for item in request.session.items}
    chosen = request.config.getoption("keyword") or any("::" in argument for argument in request.config.args)
    return not chosen and {file.name for file in Path(__file__).parent.glob("test_*.py")} <= asked


def _assert_roles_fit(running: Running) -> None:
    """No rule of `helm/environment` is needless, and nothing was refused without a reason."""
    selector = ("--selector", "app.kubernetes.io/name=environment")
    roles = json.loads(running.tool("kubectl", "get", "roles", "--all-namespaces", *selector, "--output", "json"))["items"]
    decided = cluster_rights.entries(running.stack.folder)
    assert rights.needless(cluster_rights.allowed(roles), cluster_rights.used(decided), cluster_rights.UNSEEN) == []
    assert cluster_rights.refused(decided) - cluster_rights.REFUSED.keys() == set()


@pytest.fixture(scope="session")
def first_deployment(running: Running) -> FirstDeployment:
    """Before anything else goes to stage."""
    running.start_over()
    namespace = running.stack.namespaces["stage"]
    before = running.objects(namespace)
    crash = "          command: [python, -c, raise SystemExit(7)]\n          envFrom:\n"
    running.clone.replace("helm/sample-app/templates/deployment.yaml", "          envFrom:\n", crash)
    commit = running.push("exits at once", "stage")
    state, reason = running.ended(commit)
    outcomes = tuple(deployment.outcome for deployment in running.deployments(commit))
    return FirstDeployment(state, reason, outcomes, frozenset(running.events(commit)), before, running.objects(namespace))


@pytest.fixture
def live(running: Running) -> str:
    """A commit that is live in dev, whatever the test before has left; the clone stands at it."""
    if found := running.observer.live(ENVIRONMENT):
        running.git("reset", "--quiet", "--hard", found)
        return found
    running.start_over()
    running.write_a_note()
    commit = running.push("a good release")
    assert running.ended(commit) == ("live", "live in dev")
    return commit


@pytest.fixture(scope="session")
def people(running: Running, first_deployment: FirstDeployment) -> Promoting:
    return Promoting(running)


@pytest.fixture(scope="session")
def in_stage(people: Promoting) -> str:
    """A good commit that stage ran."""
    return people.new_commit_in_stage()
