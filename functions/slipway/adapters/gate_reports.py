"""Reports of the quality gate in S3, where the build has put them (`build/buildspec.yml`). `plan` shows approvers which checks a release went through."""

import json
from collections.abc import Sequence

from slipway.adapters.aws import client, translated
from slipway.adapters.s3 import stored
from slipway.domain.plain_text import one_line
from slipway.domain.plan import PassedCheck

MOST_CHECKS = 20
LONGEST_NAME = 40


class S3GateReports:
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client = client("s3")

    @translated()
    def read(self, service: str, commit: str) -> Sequence[PassedCheck]:
        """The checks that passed, in the report's order, without what they printed. Empty when there is no report, or one that isn't understood."""
        body = stored(self._client, self._bucket, report_key(service, commit))
        return () if body is None else _checks(body)


def report_key(service: str, commit: str, report: str = "gate") -> str:
    """Where a build puts what it reports. Services of one repository share commits, and each has builds of its own."""
    return f"builds/{service}/{commit}/{report}.json"


def _checks(body: bytes) -> Sequence[PassedCheck]:
    try:
        report = json.loads(body)
    except ValueError:
        return ()
    checks = report.get("checks") if isinstance(report, dict) else None
    found = []
    for check in checks if isinstance(checks, list) else []:
        match check:
            case {"name": str(name), "passed": True, "seconds": float() | int() as seconds}:
                found.append(PassedCheck(one_line(name)[:LONGEST_NAME], float(seconds)))
    return found[:MOST_CHECKS]
