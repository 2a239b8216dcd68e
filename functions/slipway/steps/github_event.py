"""GitHub's webhook events as they come, hostile until parsed. Called by `webhook`.

Forms: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Mapping
from typing import Any

from slipway.domain.plain_text import cut, one_line
from slipway.domain.push import NO_COMMIT, Push

MOST_COMMITS = 2048
"""That a push event lists; more are left out without a word. https://docs.github.com/en/webhooks/webhook-events-and-payloads#push"""
MOST_FILES = 3000
"""That it lists of one commit."""
LONGEST_NAME = 100
"""Characters of a name that are repeated to people."""


def parse_push(payload: object) -> Push | None:
    """The fields that matter, or None when they aren't what GitHub sends."""
    match payload:
        case {"ref": str(ref), "after": str(after), "repository": {"full_name": str(repository), **about}, **rest} if _is_commit(after) and _is_text(ref):
            return Push(
                repository=repository,
                ref=ref,
                commit=_commit_of(ref, after, rest.get("head_commit")),
                pusher=_person(rest.get("sender"), rest.get("pusher")),
                deleted=rest.get("deleted") is True,
                by=_who(_text(rest.get("pusher"), "name"), _text(rest.get("sender"), "login")),
                before=before if isinstance(before := rest.get("before"), str) and _is_commit(before) else NO_COMMIT,
                after=after,
                files=_files(rest),
                at=at if isinstance(at := about.get("pushed_at"), int) and not isinstance(at, bool) and at > 0 else 0,
            )
    return None


def explain(event: str, payload: object) -> str:
    """Why an event that is no push starts nothing."""
    match event, payload:
        case "release", {"action": "published", "release": {"tag_name": str(tag)}}:
            return f"The release of {_shown(tag)} was published; it is the push of its tag that deploys."
        case "repository", {"action": "renamed" | "transferred" as action, "repository": {"full_name": str(name)}}:
            return f"The repository was {action} and is {_shown(name)} now: change `repository` in slipway.yaml, or its pushes start nothing."
        case _:
            return f"Events of type {_shown(event) or 'unknown'} start nothing; send push events."


def _commit_of(ref: str, after: str, head: object) -> str:
    """A branch points at a commit. A tag may point at an object of its own, whose commit is in `head_commit`, or at something that is no commit."""
    if not ref.startswith("refs/tags/"):
        return after
    commit = _text(head, "id")
    return commit if _is_commit(commit) else ""


def _files(push: Mapping[Any, Any]) -> tuple[str, ...] | None:
    """What came with the push.

    None for a new branch, a tag or a rewritten history, where the list says nothing about what ran before, and when it may be cut short.
    """
    commits = push.get("commits")
    if push.get("created") is not False or push.get("forced") is not False or not isinstance(commits, list) or not 0 < len(commits) < MOST_COMMITS:
        return None
    found: set[str] = set()
    for commit in commits:
        lists = [commit.get(name) for name in ("added", "removed", "modified")] if isinstance(commit, dict) else [None]
        files = [file for some in lists for file in (some if isinstance(some, list) else [None])]
        names = [file for file in files if isinstance(file, str)]
        if len(names) < len(files) or len(files) >= MOST_FILES:
            return None
        found.update(names)
    return tuple(sorted(found))


def _person(sender: object, pusher: object) -> str:
    """The login of the person who pushed; empty when it was a program, since nobody knows who was behind it.

    What a workflow pushes comes from `github-actions[bot]`, of type `Bot`, and anybody who may push can write a workflow. Of a deploy key's push the sender
    is whoever once added the key; it shows as that only where `pusher` names somebody else, so docs/policies.md warns of such keys.
    https://docs.github.com/en/actions/concepts/security/github_token https://docs.github.com/en/rest/users/users#get-a-user (`type`)
    https://please-sleep.cou929.nu/who-pushes-to-github.html (what GitHub's support says of deploy keys)
    """
    login, name = _text(sender, "login"), _text(pusher, "name")
    return login if _text(sender, "type") == "User" and name.lower() in ("", login.lower()) else ""


def _who(name: str, login: str) -> str:
    """For people's eyes: the name, and the login where it is another one."""
    shown = _shown(name or login)
    return f"{shown} ({_shown(login)})" if name and login and name.lower() != login.lower() else shown


def _shown(text: str) -> str:
    return cut(one_line(text), LONGEST_NAME)


def _text(value: object, field: str) -> str:
    found = value.get(field) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _is_text(text: str) -> bool:
    """JSON can hold halves of characters, which nothing else can."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _is_commit(text: str) -> bool:
    return len(text) == 40 and all(digit in "0123456789abcdef" for digit in text)
