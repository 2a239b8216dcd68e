"""Commit statuses and deployments: what developers see on GitHub. Each call writes, so it counts against GitHub's 80 a minute and 500 an hour.

https://docs.github.com/en/rest/commits/statuses https://docs.github.com/en/rest/deployments
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

from collections.abc import Mapping
from urllib.parse import quote

from slipway.adapters.github.app import WRITE_DEPLOYMENTS, WRITE_STATUSES, App, NotConnected, Permissions
from slipway.adapters.github.http import Answer, understood
from slipway.errors import InvalidInput

LONGEST_DESCRIPTION = 140
"""Characters that GitHub takes."""

_UNKNOWN_COMMIT = (404, 422)


class GitHubStatuses:
    def __init__(self, app: App) -> None:
        self._app = app

    def set_status(self, repository: str, commit: str, context: str, state: str, description: str) -> None:
        """InvalidInput when GitHub has no such commit, or has taken 1,000 statuses of that context for it."""
        body = {"state": state, "context": context, "description": _short(description)}
        made = self._post(repository, WRITE_STATUSES, f"/statuses/{quote(commit, safe='')}", body)
        if made is not None and made.status in _UNKNOWN_COMMIT:
            raise InvalidInput(f"GitHub takes no status of {repository} at {commit[:12]}: {made.message}")
        if made is not None:
            made.expect(201)

    def open_deployment(self, repository: str, commit: str, environment: str, description: str, key: str) -> int:
        """0 without an App. InvalidInput when GitHub has no such commit."""
        try:
            found = self._find(repository, commit, environment, key)
        except NotConnected:
            return 0
        if found:
            return found
        # The gate decided already: GitHub shall neither wait for other checks nor merge the default branch into what is deployed.
        body = {
            "ref": commit, "environment": environment, "description": _short(description), "payload": {"slipway": key},
            "auto_merge": False, "required_contexts": [],
        }  # fmt: skip
        made = self._app.call(repository, WRITE_DEPLOYMENTS, "POST", "/deployments", body)
        if made.status in _UNKNOWN_COMMIT:
            raise InvalidInput(f"GitHub takes no deployment of {repository} at {commit[:12]}: {made.message}")
        made.expect(201)
        with understood(made):
            return int(made.body["id"])

    def set_deployment_status(self, repository: str, deployment: int, state: str, description: str, environment: str) -> None:
        """Nothing for deployment 0, which is none. An earlier one of that environment becomes inactive by itself after a success."""
        if not deployment:
            return
        body = {"state": state, "description": _short(description), "environment": environment}
        made = self._post(repository, WRITE_DEPLOYMENTS, f"/deployments/{deployment}/statuses", body)
        if made is not None:
            made.expect(201)

    def _find(self, repository: str, commit: str, environment: str, key: str) -> int:
        path = f"/deployments?sha={quote(commit, safe='')}&environment={quote(environment, safe='')}&per_page=100"
        for page in self._app.pages(repository, WRITE_DEPLOYMENTS, path):
            page.expect(200)
            with understood(page):
                for each in page.body:
                    # Other makers' payloads may be text.
                    if isinstance(each["payload"], dict) and each["payload"].get("slipway") == key:
                        return int(each["id"])
        return 0

    def _post(self, repository: str, permissions: Permissions, path: str, body: Mapping[str, object]) -> Answer | None:
        try:
            return self._app.call(repository, permissions, "POST", path, body)
        except NotConnected:
            return None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_DESCRIPTION else f"{line[: LONGEST_DESCRIPTION - 1]}…"
