"""CodeBuild: one project builds every service. The gate's report in S3 tells a "no" from a build that broke."""

import json
from typing import Any

from slipway.adapters.aws import client, translated
from slipway.adapters.gate_reports import report_key
from slipway.adapters.s3 import stored
from slipway.domain.environment import Service
from slipway.ports import BuildResult

LONGEST_OUTPUT = 2000
"""Characters of a failed check's output that become part of the refusal; the whole report stays in S3."""


class CodeBuildBuilds:
    def __init__(self, project: str, bucket: str) -> None:
        self._project = project
        self._bucket = bucket
        self._codebuild = client("codebuild")
        self._s3 = client("s3")

    @translated()
    def start(self, service: Service, commit: str, attempt: int) -> str:
        variables = {
            "SERVICE": service.name,
            "REPOSITORY": service.repository,
            "COMMIT": commit,
            "CHART": service.chart,
            "SOURCE": service.source,
            "IMAGE_REPOSITORY": service.name,
        }
        build = self._codebuild.start_build(
            projectName=self._project,
            environmentVariablesOverride=[{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()],
            idempotencyToken=f"{service.name}-{commit}-{attempt}"[-64:],
        )
        return str(build["build"]["id"])

    @translated()
    def result(self, build: str) -> BuildResult | None:
        found = self._codebuild.batch_get_builds(ids=[build])["builds"][0]
        if found["buildStatus"] == "IN_PROGRESS":
            return None
        variables = {variable["name"]: variable["value"] for variable in found["environment"]["environmentVariables"]}
        service, commit = variables["SERVICE"], variables["COMMIT"]
        exported = {variable["name"]: variable["value"] for variable in found.get("exportedEnvironmentVariables", [])}
        report = self._report(service, commit)
        seconds = {"gate_seconds": length_of_gate(report), "build_seconds": round((found["endTime"] - found["startTime"]).total_seconds(), 3)}
        if found["buildStatus"] == "SUCCEEDED":
            return BuildResult(service, commit, bundle_digest=exported.get("BUNDLE_DIGEST", ""), seconds=seconds)
        if report is not None and not report["passed"]:
            return BuildResult(service, commit, refusal=refusal(report), seconds=seconds)
        return BuildResult(service, commit, broken=f"Build {build} ended {found['buildStatus']} without an answer of the gate; see its log.")

    def _report(self, service: str, commit: str) -> dict[str, Any] | None:
        """None when the build didn't get as far as the gate's answer."""
        body = stored(self._s3, self._bucket, report_key(service, commit))
        report: dict[str, Any] | None = None if body is None else json.loads(body)
        return report


def refusal(report: dict[str, Any]) -> str:
    """Which checks said no, with the end of what each printed."""
    failed = [check for check in report["checks"] if not check["passed"]]
    return "The gate refused the commit. " + "\n".join(f"{check['name']}: {str(check['output'])[-LONGEST_OUTPUT:].strip()}" for check in failed)


def length_of_gate(report: dict[str, Any] | None) -> float:
    """The gate's length: its checks run side by side, so the longest counts."""
    return max((float(check["seconds"]) for check in report["checks"]), default=0.0) if report else 0.0
