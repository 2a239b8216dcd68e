"""GitHub's webhook payloads as they look: the fields and values of its own examples, with our names in them.

Models: https://github.com/octokit/webhooks/tree/main/payload-examples/api.github.com (push, release, repository, ping)
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

NO_COMMIT = "0" * 40
Payload = dict[str, Any]


def user(login: str, kind: str = "User") -> Payload:
    return {
        "login": login, "id": 21031067, "node_id": "MDQ6VXNlcjIxMDMxMDY3", "avatar_url": "https://avatars1.githubusercontent.com/u/21031067?v=4",
        "gravatar_id": "", "url": f"https://api.github.com/users/{login}", "html_url": f"https://github.com/{login}", "type": kind, "site_admin": False,
    }  # fmt: skip


def repository(full_name: str = "acme/sample-app", pushed_at: datetime | None = None) -> Payload:
    owner, name = full_name.split("/")
    return {
        "id": 186853002, "node_id": "MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=", "name": name, "full_name": full_name, "private": True,
        "owner": {"name": owner, "email": f"{owner}@users.noreply.github.com", **user(owner, "Organization")},
        "html_url": f"https://github.com/{full_name}", "description": None, "fork": False, "url": f"https://github.com/{full_name}",
        "created_at": 1557933565, "updated_at": "2019-05-15T15:20:41Z", "homepage": None, "size": 0, "language": "Python", "archived": False,
        "disabled": False, "default_branch": "main", "master_branch": "main", **({"pushed_at": int(pushed_at.timestamp())} if pushed_at else {}),
    }  # fmt: skip


def commit(identity: str, added: Sequence[str] = (), removed: Sequence[str] = (), modified: Sequence[str] = ()) -> Payload:
    who = {"name": "Ada", "email": "ada@example.com", "username": "ada"}
    return {
        "id": identity, "tree_id": "31b122c26a97cf9af023e9ddab94a82c6e77b0ea", "distinct": True, "message": "Change something",
        "timestamp": "2026-11-24T12:00:00+01:00", "url": f"https://github.com/acme/sample-app/commit/{identity}", "author": who, "committer": who,
        "added": list(added), "removed": list(removed), "modified": list(modified),
    }  # fmt: skip


def push(after: str, *commits: Mapping[str, Any], ref: str = "refs/heads/main", sender: str = "ada", **changes: object) -> Payload:
    """A push of commits to a branch that was there before."""
    return {
        "ref": ref, "before": "d" * 40, "after": after, "repository": repository(), "pusher": {"name": sender, "email": f"{sender}@users.noreply.github.com"},
        "organization": {"login": "acme", "id": 1}, "sender": user(sender), "created": False, "deleted": False, "forced": False, "base_ref": None,
        "compare": f"https://github.com/acme/sample-app/compare/{'d' * 12}...{after[:12]}", "commits": list(commits),
        "head_commit": commits[-1] if commits else commit(after), **changes,
    }  # fmt: skip


def tag(name: str, target: str, head: str, **changes: object) -> Payload:
    """`target` is the commit, or the tag's own object when it is annotated."""
    return push(
        target, ref=f"refs/tags/{name}", **{"before": NO_COMMIT, "created": True, "base_ref": "refs/heads/main", "head_commit": commit(head), **changes}
    )


def deletion(ref: str) -> Payload:
    return push(NO_COMMIT, ref=ref, deleted=True, head_commit=None)
