"""The audit of a commit's locked packages in S3, where the build has put it (`build/audit.py`)."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from slipway.adapters.aws import client, translated
from slipway.adapters.gate_reports import report_key
from slipway.adapters.s3 import stored
from slipway.domain.admission import Finding


class S3Advisories:
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client = client("s3")

    @translated()
    def read(self, service: str, commit: str) -> Sequence[Finding] | None:
        body = stored(self._client, self._bucket, report_key(service, commit, "audit"))
        try:
            return None if body is None else list(_findings(json.loads(body)["dependencies"]))
        except (ValueError, KeyError, TypeError):
            return None


def _findings(dependencies: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    """Of pip-audit's `json` format. KeyError for a dependency that pip-audit has skipped: then nothing is known of it."""
    for dependency in dependencies:
        for advisory in dependency["vulns"]:
            names = (str(advisory["id"]), *(str(alias) for alias in advisory["aliases"]))
            yield Finding(names, f"{dependency['name']} {dependency['version']}", None, ", ".join(map(str, advisory["fix_versions"])))
