"""GitHub's webhook payloads. Pure: made from what `history` has read. https://docs.github.com/en/webhooks/webhook-events-and-payloads

Objects are as GitHub's in the fields that they have; the many URL templates of a repository and of a user are left out.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from twin.github.history import Commit, Person, RefUpdate
from twin.github.repositories import DEFAULT_BRANCH

Payload: TypeAlias = dict[str, Any]

MOST_TAGS = 3
MOST_BRANCHES = 5000
_SHORT = 12


@dataclass(frozen=True)
class Place:
    """A repository as GitHub shows it: `url` is the site's, without a slash at the end."""

    owner: str
    name: str
    url: str

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def html_url(self) -> str:
        return f"{self.url}/{self.full_name}"

    @property
    def id(self) -> int:
        """The same on every start."""
        return stable_id(self.full_name)


def stable_id(name: str) -> int:
    """A number in the place of one that GitHub counts."""
    return zlib.crc32(name.encode())


def announced(updates: Sequence[RefUpdate]) -> list[RefUpdate]:
    """Those of one push that make events: "Events will not be created for tags when more than three tags are pushed at once", and for more than 5,000 branches.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    """
    tags = [update for update in updates if update.is_tag]
    branches = [update for update in updates if not update.is_tag]
    return [*(branches if len(branches) <= MOST_BRANCHES else []), *(tags if len(tags) <= MOST_TAGS else [])]


def pusher(place: Place, update: RefUpdate) -> Person:
    """Nobody signs in here: it is who tagged, for an annotated tag, else who committed the head, and the owner for a deleted ref."""
    if update.tagger is not None:
        return update.tagger
    return update.head.committer if update.head else Person(place.owner, f"{place.owner}@users.noreply.github.com")


def push(place: Place, update: RefUpdate, pushed_at: int, installation: int | None = None) -> Payload:
    """One ref's event. `pushed_at` is in seconds since the epoch; `installation` is that of the App whose webhook gets it."""
    who = pusher(place, update)
    login = login_of(who)
    return {
        "ref": update.ref,
        "before": update.before,
        "after": update.after,
        "repository": {**_repository(place), "pushed_at": pushed_at, "master_branch": DEFAULT_BRANCH},
        "pusher": {"name": login, "email": who.email},
        "sender": account(place, login),
        "created": update.created,
        "deleted": update.deleted,
        "forced": update.forced,
        "base_ref": update.base_ref,
        "compare": f"{place.html_url}/{_compared(update)}",
        "commits": [_commit(place, commit) for commit in update.commits],
        "head_commit": _commit(place, update.head) if update.head else None,
        **({"installation": {"id": installation}} if installation is not None else {}),
    }


def ping(place: Place, hook: Payload) -> Payload:
    """`hook` as the REST API shows it."""
    return {
        "zen": "Keep it logically awesome.",
        "hook_id": hook["id"],
        "hook": hook,
        "repository": _repository(place),
        "sender": user(place, place.owner, "User"),
    }


def _compared(update: RefUpdate) -> str:
    if not update.created:
        return f"compare/{update.before[:_SHORT]}...{update.after[:_SHORT]}"
    if not update.commits:
        return f"compare/{update.ref.removeprefix('refs/heads/').removeprefix('refs/tags/')}"
    if len(update.commits) == 1:
        return f"commit/{update.after}"
    return f"compare/{update.commits[0].id[:_SHORT]}^...{update.after[:_SHORT]}"


def login_of(person: Person) -> str:
    """The name of GitHub's e-mail addresses (`1234+ada@users.noreply.github.com`), or of any other."""
    return person.email.partition("@")[0].rpartition("+")[2] or person.name


def _commit(place: Place, commit: Commit) -> Payload:
    return {
        "id": commit.id,
        "tree_id": commit.tree,
        "distinct": commit.distinct,
        "message": commit.message,
        "timestamp": commit.timestamp,
        "url": f"{place.html_url}/commit/{commit.id}",
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "added": list(commit.added),
        "removed": list(commit.removed),
        "modified": list(commit.modified),
    }


def _person(person: Person) -> Payload:
    return {"name": person.name, "email": person.email, "username": login_of(person)}


def _repository(place: Place) -> Payload:
    owner = user(place, place.owner, "Organization")
    return {
        "id": place.id,
        "name": place.name,
        "full_name": place.full_name,
        "private": False,
        "owner": {"name": place.owner, "email": f"{place.owner}@users.noreply.github.com", **owner},
        "html_url": place.html_url,
        "description": None,
        "fork": False,
        "url": f"{place.url}/repos/{place.full_name}",
        "hooks_url": f"{place.url}/repos/{place.full_name}/hooks",
        "git_url": f"{place.html_url}.git",
        "clone_url": f"{place.html_url}.git",
        "archived": False,
        "disabled": False,
        "visibility": "public",
        "default_branch": DEFAULT_BRANCH,
    }


def user(place: Place, login: str, kind: str) -> Payload:
    """`kind` is User, Bot or Organization."""
    return {"login": login, "id": stable_id(login), "url": f"{place.url}/users/{login}", "html_url": f"{place.url}/{login}", "type": kind, "site_admin": False}


def account(place: Place, login: str) -> Payload:
    """Whoever acts: an App's account is a bot, and has a name that no person can have (`github-actions[bot]`)."""
    return user(place, login, "Bot" if login.endswith("[bot]") else "User")
