"""GitHub's REST paths about history: commits, comparisons, refs, tags and who pushed. Each wants a token that may read contents, as in a private repository.

https://docs.github.com/en/rest/commits/commits https://docs.github.com/en/rest/git https://docs.github.com/en/rest/repos/repos#list-repository-activities
"""

from collections.abc import Mapping
from urllib.parse import unquote

from aiohttp import web

from twin.github import events
from twin.github.answers import number, page_of, refusal, repository_of
from twin.github.app import App
from twin.github.comparing import File, commit_of, compare
from twin.github.events import Payload, login_of
from twin.github.history import Commit, Person, parse_person, read_commits, read_tag
from twin.github.publishing import Activity, Published

_MOST_COMMITS = 250
"""Without pages."""

_REPOSITORY = "/repos/{owner}/{name}"


class GitApi:
    """`published` by full name."""

    def __init__(self, published: Mapping[str, Published], app: App) -> None:
        self._published = published
        self._app = app

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_REPOSITORY + "/compare/{basehead:.+}", self._compare),
            web.get(_REPOSITORY + "/commits", self._commits),
            web.get(_REPOSITORY + "/commits/{ref:[^/]+}", self._commit),
            web.get(_REPOSITORY + "/git/matching-refs/{prefix:.+}", self._matching_refs),
            web.get(_REPOSITORY + "/git/tags/{tag}", self._tag),
            web.get(_REPOSITORY + "/activity", self._activity),
        ]

    async def _compare(self, request: web.Request) -> web.Response:
        published = self._readable(request)
        base_name, dots, head_name = unquote(request.match_info["basehead"]).partition("...")
        base, head = [await commit_of(published.repository, each) for each in (base_name, head_name)]
        if not dots or not base or not head:
            raise refusal(404, "Not Found")
        count = min(number(request, "per_page", _MOST_COMMITS), _MOST_COMMITS)
        found = await compare(published.repository, base, head, (max(number(request, "page", 1), 1) - 1) * count, count)
        if found is None:
            raise refusal(404, f"No common ancestor between {base_name} and {head_name}.")
        return web.json_response(
            {
                "status": found.status,
                "ahead_by": found.ahead,
                "behind_by": found.behind,
                "total_commits": found.ahead,
                "merge_base_commit": {"sha": found.merge_base},
                "commits": [_commit(published, each) for each in found.commits],
                "files": [_file(each) for each in found.files],
            }
        )

    async def _commits(self, request: web.Request) -> web.Response:
        """The history of `sha`, newest first."""
        published = self._readable(request)
        name = request.query.get("sha", "HEAD")
        commit = await commit_of(published.repository, name)
        if not commit:
            raise refusal(404, "Not Found")
        history = (await published.repository.run("rev-list", "--topo-order", commit)).decode().split()
        page, headers = page_of(request, history)
        found = await read_commits(published.repository, page)
        return web.json_response([_commit(published, found[each]) for each in page], headers=headers)

    async def _commit(self, request: web.Request) -> web.Response:
        published = self._readable(request)
        name = unquote(request.match_info["ref"])
        commit = await commit_of(published.repository, name)
        if not commit:
            raise refusal(422, f"No commit found for SHA: {name}")
        found = (await read_commits(published.repository, [commit]))[commit]
        changed = [("added", found.added), ("removed", found.removed), ("modified", found.modified)]
        return web.json_response({**_commit(published, found), "files": [_file(File(path, status)) for status, paths in changed for path in paths]})

    async def _matching_refs(self, request: web.Request) -> web.Response:
        """All at once, without pages, in order of their names."""
        published = self._readable(request)
        refs = await published.repository.refs()
        if not refs:
            raise refusal(409, "Git Repository is empty.")
        prefix = f"refs/{unquote(request.match_info['prefix'])}"
        answer = []
        for name, target in sorted(refs.items()):
            if name.startswith(prefix):
                kind = (await published.repository.run("cat-file", "-t", target)).decode().strip()
                answer.append({"ref": name, "object": {"sha": target, "type": kind}})
        return web.json_response(answer)

    async def _tag(self, request: web.Request) -> web.Response:
        published = self._readable(request)
        sha = request.match_info["tag"]
        tag = await read_tag(published.repository, sha) if len(sha) == 40 and sha.isalnum() else None
        if tag is None:
            raise refusal(404, "Not Found")
        tagger = parse_person(tag.get("tagger", ""))
        answer = {"sha": sha, "tag": tag["tag"], "message": tag["message"], "tagger": {"name": tagger.name, "email": tagger.email}}
        return web.json_response({**answer, "object": {"sha": tag["object"], "type": tag["type"]}})

    async def _activity(self, request: web.Request) -> web.Response:
        """Of branches, newest first; `ref` is a branch's name, in full or not."""
        published = self._readable(request)
        ref = request.query.get("ref", "")
        wanted = ref if ref.startswith("refs/") or not ref else f"refs/heads/{ref}"
        found = [each for each in reversed(published.activities) if wanted in ("", each.ref)]
        page, headers = page_of(request, found)
        return web.json_response([_activity(published, each) for each in page], headers=headers)

    def _readable(self, request: web.Request) -> Published:
        published = repository_of(self._published, request)
        self._app.check_token(request, published.place.full_name, "contents", "read")
        return published


def _commit(published: Published, commit: Commit) -> Payload:
    place = published.place
    return {
        "sha": commit.id,
        "html_url": f"{place.html_url}/commit/{commit.id}",
        "commit": {"message": commit.message, "author": _signature(commit.author), "committer": {**_signature(commit.committer), "date": commit.timestamp}},
        "author": _account(published, commit.author),
        "committer": _account(published, commit.committer),
    }


def _signature(person: Person) -> Payload:
    return {"name": person.name, "email": person.email}


def _account(published: Published, person: Person) -> Payload | None:
    """Nobody, where the address belongs to no account, as GitHub has it."""
    return events.account(published.place, login_of(person)) if "@" in person.email else None


def _file(file: File) -> Payload:
    return {"filename": file.path, "status": file.status, **({"previous_filename": file.before} if file.before else {})}


def _activity(published: Published, activity: Activity) -> Payload:
    return {
        "id": activity.id,
        "before": activity.before,
        "after": activity.after,
        "ref": activity.ref,
        "timestamp": activity.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "activity_type": activity.kind,
        "actor": _account(published, activity.actor),
    }
