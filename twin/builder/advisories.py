"""The twin's OSV: answers pip-audit's questions from the advisories in a stack's `findings.json` (see `twin.aws.findings`).

Imitates https://google.github.io/osv.dev/post-v1-query/ for a PyPI package and a version: a record is about it when one of its `affected` names the package
(normalized, as in OSV) and lists the version, or lists none. Leaves out ranges, commits, pages and batches.
"""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from twin.aws import loopback


def about(package: str, version: str, file: Path) -> list[Mapping[str, Any]]:
    """The records that are about that version of the package; none without the file."""
    records = json.loads(file.read_text()).get("advisories", []) if file.exists() else []
    return [record for record in records if any(_affects(affected, package, version) for affected in record["affected"])]


def _affects(affected: Mapping[str, Any], package: str, version: str) -> bool:
    versions = affected.get("versions", [])
    return affected["package"]["name"] == package and (not versions or version in versions)


def serving(file: Path) -> AbstractContextManager[str]:
    """Answer on a free loopback port until the block ends; gives the server's URL."""

    @Request.application
    def query(request: Request) -> Response:
        asked = json.loads(request.get_data())
        return Response(json.dumps({"vulns": about(asked["package"]["name"], asked["version"], file)}), mimetype="application/json")

    return loopback.serving(query)
