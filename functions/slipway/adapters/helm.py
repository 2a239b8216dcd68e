"""Helm 4, run as a program in one namespace. Credentials come as a kubeconfig that lives as long as the call's folder."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from slipway.adapters import helm_capabilities, helm_messages
from slipway.domain import manifests, masking
from slipway.errors import TemporarilyUnavailable
from slipway.ports import HelmFailed, HelmRelease

KEPT_REVISIONS = 20
LONGEST_SECONDS = 60
"""Of one call of Helm, which waits for no pod. Four of them (history, recovery, change, history) end before a function of 300 s does."""
LOOK_AGAIN_SECONDS = 2
"""Between two looks whether it may go on."""
LAST_WORDS_SECONDS = 10
"""Helm ends within a second of SIGTERM and marks its revision `failed`; one that gets SIGKILL leaves it `pending-*`."""
_IN_PROGRESS = "another operation (install/upgrade/rollback) is in progress"
"""Helm is changing the release, or one was killed while it did. No reason not to render: planning needs no lease, and `apply` recovers."""
_UNREACHABLE = re.compile(
    r"cluster unreachable|connection refused|i/o timeout|context deadline exceeded|no such host"
    r"|TLS handshake timeout|connection reset|EOF|etcdserver|Service Unavailable",
    re.IGNORECASE,
)
"""What Helm prints when it couldn't ask the API server, as opposed to having been told no."""
_COMMIT = re.compile(r"\bcommit ([0-9a-f]{40})\b")
_ROLLBACK = re.compile(r"^Rollback to (\d+)$")
"""The description that Helm itself writes (pkg/action/rollback.go)."""


class HelmCharts:
    """`kubeconfig` names the namespace's cluster and the environment role's credentials. `check` may stop a Helm that runs, by raising.

    `prepare` gets the release's name before Helm changes it, `settle` after Helm has removed it. `secrets` gives the values of the namespace's Secrets, none of
    which may be in a HelmFailed; it is called when Helm has refused something, and raises TemporarilyUnavailable when it can't.
    """

    def __init__(
        self,
        kubeconfig: Path,
        namespace: str,
        helm: str = "helm",
        check: Callable[[], None] | None = None,
        prepare: Callable[[str], None] | None = None,
        settle: Callable[[str], None] | None = None,
        secrets: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._kubeconfig = kubeconfig
        self._namespace = namespace
        self._helm = helm
        self._check = check
        self._prepare = prepare
        self._settle = settle
        self._secrets = secrets

    def history(self, name: str) -> Sequence[HelmRelease]:
        done = self._run("history", name, "--output", "json", "--max", "256")
        if done.returncode:
            if "not found" in done.stderr:
                return []
            raise TemporarilyUnavailable(f"helm history: {_message(done)}")
        return releases(json.loads(done.stdout))

    def upgrade(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str, commit: str) -> HelmRelease | HelmFailed:
        """`--force-conflicts` takes back fields that `kubectl scale` or `kubectl set` took: the release is what should run."""
        done = self._change(
            "upgrade", name, chart, "--install", *_values(chart, values, environment_values),
            "--force-conflicts", "--history-max", KEPT_REVISIONS, "--description", f"commit {commit}", "--output", "json",
        )  # fmt: skip
        return self._changed(done, name, chart)

    def looks_up(self, chart: Path) -> bool:
        return helm_messages.looks_up(chart)

    def render(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str) -> str | HelmFailed:
        """The manifest that `upgrade` would apply, for the Kubernetes that is there; nothing is written. What the chart looks up is empty: nobody has
        agreed yet that it reads the environment's Secrets.

        It holds the values of Secrets, else their changes couldn't be seen: never log it. A HelmFailed has none of them.
        """
        options = [*_values(chart, values, environment_values), "--dry-run=client"]
        run = partial(self._run, told=partial(helm_messages.without_secrets, chart=chart))
        installed = bool(self.history(name))
        if installed:
            done = run("upgrade", name, chart, "--force-conflicts", *options, "--output", "json")
            if not done.returncode:
                return str(json.loads(done.stdout)["manifest"])
        if not installed or _IN_PROGRESS in done.stderr:
            done = run("template", name, chart, *(["--is-upgrade"] if installed else []), "--no-hooks", *options, *self._capabilities())
        return HelmFailed(_message(done)) if done.returncode else done.stdout

    def manifest(self, name: str) -> str:
        """What runs: the manifest of the newest revision that is `deployed`, of the newest of all when none is; "" when nothing is installed.

        It holds the values of Secrets: never log it.
        """
        history = self.history(name)
        if not history:
            return ""
        revision = next((found.revision for found in reversed(history) if found.status == "deployed"), history[-1].revision)
        return self._manifest(name, "--revision", revision)

    def rollback(self, name: str, revision: int) -> HelmRelease | HelmFailed:
        done = self._change("rollback", name, revision, "--force-conflicts", "--history-max", KEPT_REVISIONS)
        return self._changed(done, name, None)

    def uninstall(self, name: str) -> None:
        """Without Helm's own `--wait`, which may come back at once or never (see `kubernetes_departure`)."""
        done = self._run("uninstall", name, "--ignore-not-found", "--cascade", "foreground", "--timeout", f"{LONGEST_SECONDS - LAST_WORDS_SECONDS}s")
        if done.returncode:
            raise TemporarilyUnavailable(f"helm uninstall: {_message(done)}")
        if self._settle is not None:
            self._settle(name)

    def workloads(self, name: str) -> Sequence[str]:
        """TemporarilyUnavailable when nothing is installed: who watches a rollout mustn't take "no pods" for "all pods"."""
        objects = [item for item in yaml.safe_load_all(self._manifest(name)) if item]
        return [item["metadata"]["name"] for item in objects if item.get("kind") == "Deployment"]

    def _manifest(self, name: str, *which: object) -> str:
        """Of the newest revision, or the one that the options name."""
        done = self._run("get", "manifest", name, *which)
        if done.returncode:
            raise TemporarilyUnavailable(f"helm get manifest: {_message(done)}")
        return done.stdout

    def _change(self, action: str, name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        if self._prepare is not None:
            self._prepare(name)
        return self._run(action, name, *arguments)

    def _changed(self, done: subprocess.CompletedProcess[str], name: str, chart: Path | None) -> HelmRelease | HelmFailed:
        if done.returncode:
            return HelmFailed(self._refusal(done, name, chart))
        return self.history(name)[-1]

    def _refusal(self, done: subprocess.CompletedProcess[str], name: str, chart: Path | None) -> str:
        """Without any value of a Secret that the environment has, or that the newest revision would make there."""
        try:
            hidden = [*self._secrets(), *self._values_of_newest(name)]
        except (TemporarilyUnavailable, ValueError):
            return helm_messages.NOT_SHOWN
        if chart is not None and helm_messages.of_the_chart(done.stderr):
            return helm_messages.without_secrets(done.stderr, chart, hidden)
        return helm_messages.without_values(done.stderr, hidden)

    def _values_of_newest(self, name: str) -> Sequence[str]:
        """Of its Secrets. Helm records a revision before it applies it. ValueError when its manifest isn't understood."""
        if not self.history(name):
            return []
        return [text for _, item in manifests.objects(self._manifest(name)) for text in masking.texts_of(item)]

    def _capabilities(self) -> list[str]:
        chart = helm_capabilities.chart(self._kubeconfig.parent)
        done = self._run("template", helm_capabilities.NAME, chart, "--dry-run=server")
        if done.returncode:
            raise TemporarilyUnavailable(f"helm template: {_message(done)}")
        return helm_capabilities.options(done.stdout)

    def _run(self, *arguments: object, told: Callable[[str], str] = str) -> subprocess.CompletedProcess[str]:
        """Helm with nothing of the function's environment but PATH. TemporarilyUnavailable when the API server wasn't reached.

        `told` makes of what Helm prints on stderr what may be shown.
        """
        home = self._kubeconfig.parent
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(self._kubeconfig), "HELM_NAMESPACE": self._namespace}
        done = _run_in_time([self._helm, *(str(argument) for argument in arguments)], environment, home, self._check)
        done.stderr = told(done.stderr)
        if done.returncode < 0:
            raise TemporarilyUnavailable(f"helm {arguments[0]} was ended by signal {-done.returncode}")
        if done.returncode and _UNREACHABLE.search(done.stderr):
            raise TemporarilyUnavailable(f"helm {arguments[0]}: {_message(done)}")
        return done


def _run_in_time(command: Sequence[str], environment: Mapping[str, str], folder: Path, check: Callable[[], None] | None) -> subprocess.CompletedProcess[str]:
    """TemporarilyUnavailable, after SIGTERM, for a Helm that takes too long; after SIGTERM, too, whatever `check` raises."""
    ends, pipe = time.monotonic() + LONGEST_SECONDS, subprocess.PIPE

    def look() -> None:
        if time.monotonic() >= ends:
            raise TemporarilyUnavailable(f"{command[0]} {command[1]} didn't end within {LONGEST_SECONDS} s and was stopped")
        if check is not None:
            check()

    with subprocess.Popen(command, env=environment, cwd=folder, stdout=pipe, stderr=pipe, text=True) as helm:  # nosec B603 - no shell, our own arguments
        while True:
            with suppress(subprocess.TimeoutExpired):
                output, errors = helm.communicate(timeout=min(LOOK_AGAIN_SECONDS, max(0.0, ends - time.monotonic())))
                return subprocess.CompletedProcess(command, helm.returncode, output, errors)
            try:
                look()
            except BaseException:
                _stop(helm)
                raise


def _stop(helm: "subprocess.Popen[str]") -> None:
    helm.terminate()
    try:
        helm.communicate(timeout=LAST_WORDS_SECONDS)
    except subprocess.TimeoutExpired:
        helm.kill()


def releases(history: Sequence[Mapping[str, Any]]) -> list[HelmRelease]:
    """What `helm history` lists. An upgrade's description names its commit; "Rollback to N" stands for what revision N held."""
    commits: dict[int, str] = {}
    for entry in history:
        description = str(entry.get("description", ""))
        if found := _COMMIT.search(description):
            commits[int(entry["revision"])] = found[1]
        elif origin := _ROLLBACK.search(description):
            commits[int(entry["revision"])] = commits.get(int(origin[1]), "")
    return [HelmRelease(int(entry["revision"]), str(entry["status"]), commits.get(int(entry["revision"]), "")) for entry in history]


def _values(chart: Path, values: Mapping[str, object], environment_values: str) -> list[object]:
    """The options that name the environment's values of the chart and, above them, ours."""
    ours = chart / ".slipway-values.yaml"
    ours.write_text(yaml.safe_dump(dict(values)))
    return ["--values", chart / environment_values, "--values", ours]


def _message(done: subprocess.CompletedProcess[str]) -> str:
    """Of stderr alone: on stdout there may be manifests."""
    return helm_messages.without_values(done.stderr)
