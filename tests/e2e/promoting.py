"""A running stack as people see it who release, decide and roll back. Used by `test_promotions`."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import httpx

from tests.e2e.running import PATIENCE_SECONDS, SERVICE, Running, until
from twin.demo.cluster import Namespace
from twin.demo.form import Page
from twin.demo.observe import Observer
from twin.demo.workflows import DEPLOY, ROLLBACK, Execution
from twin.stack.description import Description
from twin.stack.settings import ROOT

PROD, STAGE = "prod", "stage"


@dataclass(frozen=True)
class Promoting:
    running: Running

    @property
    def stack(self) -> Description:
        return self.running.stack

    @property
    def observer(self) -> Observer:
        return self.running.observer

    def new_commit_in_stage(self) -> str:
        """Live in dev, then in stage."""
        self.running.start_over()
        self.running.write_a_note()
        commit = self.running.push("a note", "main")
        self._until_live(commit, "refs/heads/main")
        self.running.git("push", "--quiet", "--force", "origin", f"{commit}:refs/heads/{STAGE}")
        self._until_live(commit, f"refs/heads/{STAGE}")
        return commit

    def _until_live(self, commit: str, ref: str) -> None:
        run = self.observer.run_of(commit, PATIENCE_SECONDS, ref)
        record = self.observer.follow(run, commit, PATIENCE_SECONDS, lambda event: None)
        assert record["state"] == "live", record

    def ask(self, tag: str, commit: str) -> str:
        """Push a tag and wait until people are asked; the deployment."""
        self.running.clone.tag(tag, commit)
        self.running.clone.push(f"refs/tags/{tag}")
        deployment = f"{self.observer.run_of(commit, PATIENCE_SECONDS, f'refs/tags/{tag}')}-{PROD}"
        until(lambda: self.observer.records.item(f"APPROVAL#{deployment}", "META").get("notified"), "a mail")
        return deployment

    def link(self, deployment: str) -> str:
        """Of the mail about the deployment's question."""
        version = self.observer.records.item(f"APPROVAL#{deployment}", "META")["version"]
        mails = httpx.get(f"{self.stack.mailbox}/messages.json").json()
        text = next(mail["text"] for mail in mails if f"{SERVICE} {version} to {PROD}" in mail["subject"])
        return str(re.findall(rf"{re.escape(self.stack.console)}/approvals/\S+", text)[0])

    def press(self, link: str, choice: str, page: str = "") -> httpx.Response:
        """The button of the page that the link leads to, or that was loaded earlier."""
        return httpx.post(link, data=dict(Page(page or httpx.get(link).text).filled_in(choice, "a reason")), timeout=PATIENCE_SECONDS)

    def slipway(self, *arguments: str, person: str = "operator") -> "subprocess.CompletedProcess[str]":
        """The command with the person's own credentials."""
        shell = ["/bin/sh", "-c", '. "$0" && export AWS_PROFILE="$1" && shift && exec "$@"', str(self.stack.folder / "environment.sh"), person]
        return subprocess.run(
            [*shell, sys.executable, "-m", "cli", *arguments],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "HOME": str(self.stack.folder / "home"), "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def outcome(self, deployment: str) -> str:
        """How a deployment ended, once it has."""
        until(lambda: self.observer.workflows.execution(DEPLOY, deployment).status != "RUNNING", f"the end of {deployment}")
        return str(self.observer.workflows.execution(DEPLOY, deployment).output.get("outcome"))

    def rolled_back(self, execution: str) -> Execution:
        """A rollback, once it has ended."""
        until(lambda: self.observer.workflows.execution(ROLLBACK, execution).status != "RUNNING", f"the end of {execution}")
        return self.observer.workflows.execution(ROLLBACK, execution)

    def abort(self, deployment: str) -> None:
        self.running.aws("stepfunctions").stop_execution(executionArn=self.running.execution(DEPLOY, deployment))

    def serves(self, commit: str) -> bool:
        """Whether prod's users get that commit."""
        return Namespace(self.stack, PROD, SERVICE).answer().commit == commit

    def everything(self, deployment: str) -> Any:
        return self.observer.records.everything(f"APPROVAL#{deployment}", f"DEPLOYMENT#{deployment}", f"ENV#{SERVICE}#{PROD}")

    def token(self, deployment: str) -> str:
        return str(self.observer.records.item(f"APPROVAL#{deployment}", "META")["task_token"])

    def written(self) -> str:
        """All logs of the stack, all mails, and what the API shows of prod."""
        logs = [path.read_text(errors="replace") for path in self.stack.folder.joinpath("logs").rglob("*") if path.is_file()]
        return "\n".join([*logs, httpx.get(f"{self.stack.mailbox}/messages.json").text, self.slipway("status", SERVICE, PROD, "--json").stdout])

    def payloads(self, deployment: str) -> dict[str, str]:
        """What each event of the execution's history holds, by number and type."""
        events = self.running.aws("stepfunctions").get_execution_history(executionArn=self.running.execution(DEPLOY, deployment), maxResults=1000)["events"]
        return {f"{event['id']} {event['type']}": json.dumps(event, default=str) for event in events}

    def forget_revisions(self, *revisions: int) -> None:
        """Helm's history in prod loses them."""
        names = [f"secret/sh.helm.release.v1.{SERVICE}.v{revision}" for revision in revisions]
        self.running.tool("kubectl", "delete", *names, namespace=self.stack.namespaces[PROD])
