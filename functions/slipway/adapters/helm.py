"""Helm 4, run as a program in one namespace. Credentials come as a kubeconfig that lives as long as the call's folder."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from slipway.adapters.helm_messages import without_secrets
from slipway.errors import TemporarilyUnavailable
from slipway.ports import HelmFailed, HelmRelease

KEPT_REVISIONS = 20
LONGEST_SECONDS = 60
"""Of one call of Helm, which waits for no pod. Four of them (history, recovery, change, history) end before a function of 300 s does."""
LAST_WORDS_SECONDS = 10
"""Helm ends within a second of SIGTERM and marks its revision `failed`; one that gets SIGKILL leaves it `pending-*`."""
LONGEST_MESSAGE = 4000
"""Characters, from the end."""
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
    """`kubeconfig` names the namespace's cluster and the environment role's credentials."""

    def __init__(self, kubeconfig: Path, namespace: str, helm: str = "helm") -> None:
        self._kubeconfig = kubeconfig
        self._namespace = namespace
        self._helm = helm

    def history(self, name: str) -> Sequence[HelmRelease]:
        done = self._run("history", name, "--output", "json", "--max", "256")
        if done.returncode:
            if "not found" in done.stderr:
                return []
            raise TemporarilyUnavailable(f"helm history: {_message(done)}")
        return releases(json.loads(done.stdout))

    def upgrade(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str, commit: str) -> HelmRelease | HelmFailed:
        """`--force-conflicts` takes back fields that `kubectl scale` or `kubectl set` took: the release is what should run."""
        done = self._run(
            "upgrade", name, chart, "--install", *_values(chart, values, environment_values),
            "--force-conflicts", "--history-max", KEPT_REVISIONS, "--description", f"commit {commit}", "--output", "json",
        )  # fmt: skip
        return self._changed(done, name)

    def render(self, name: str, chart: Path, values: Mapping[str, object], environment_values: str) -> str | HelmFailed:
        """The manifest that `upgrade` would apply, rendered with what the API server knows; nothing is written there.

        It holds the values of Secrets, else their changes couldn't be seen: never log it. A HelmFailed has none of them.
        """
        options = [*_values(chart, values, environment_values), "--dry-run=server"]
        run = partial(self._run, told=partial(without_secrets, chart=chart))
        done = run("upgrade", name, chart, "--install", "--force-conflicts", *options, "--output", "json")
        if not done.returncode:
            return str(json.loads(done.stdout)["manifest"])
        if _IN_PROGRESS in done.stderr:
            done = run("template", name, chart, "--is-upgrade", "--no-hooks", *options)
        return HelmFailed(done.stderr.strip()[-LONGEST_MESSAGE:]) if done.returncode else done.stdout

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
        done = self._run("rollback", name, revision, "--force-conflicts", "--history-max", KEPT_REVISIONS)
        return self._changed(done, name)

    def uninstall(self, name: str) -> None:
        done = self._run("uninstall", name, "--ignore-not-found", "--cascade", "foreground", "--wait", "--timeout", f"{LONGEST_SECONDS - LAST_WORDS_SECONDS}s")
        if done.returncode:
            raise TemporarilyUnavailable(f"helm uninstall: {_message(done)}")

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

    def _changed(self, done: subprocess.CompletedProcess[str], name: str) -> HelmRelease | HelmFailed:
        if done.returncode:
            return HelmFailed(_message(done))
        return self.history(name)[-1]

    def _run(self, *arguments: object, told: Callable[[str], str] = str) -> subprocess.CompletedProcess[str]:
        """Helm with nothing of the function's environment but PATH. TemporarilyUnavailable when the API server wasn't reached.

        `told` makes of what Helm prints on stderr what may be shown.
        """
        home = self._kubeconfig.parent
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(self._kubeconfig), "HELM_NAMESPACE": self._namespace}
        done = _run_in_time([self._helm, *(str(argument) for argument in arguments)], environment, home)
        done.stderr = told(done.stderr)
        if done.returncode and _UNREACHABLE.search(done.stderr):
            raise TemporarilyUnavailable(f"helm {arguments[0]}: {_message(done)}")
        return done


def _run_in_time(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """TemporarilyUnavailable, after SIGTERM, for a Helm that takes too long."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=folder, stdout=pipe, stderr=pipe, text=True) as helm:  # nosec B603 - no shell, our own arguments
        try:
            output, errors = helm.communicate(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            helm.terminate()
            try:
                helm.communicate(timeout=LAST_WORDS_SECONDS)
            except subprocess.TimeoutExpired:
                helm.kill()
            raise TemporarilyUnavailable(f"{command[0]} {command[1]} didn't end within {LONGEST_SECONDS} s and was stopped") from None
    return subprocess.CompletedProcess(command, helm.returncode, output, errors)


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
    return (done.stderr or done.stdout).strip()[-LONGEST_MESSAGE:]
