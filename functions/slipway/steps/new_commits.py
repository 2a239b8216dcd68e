"""What a release would newly bring, for the people who are asked: its commits, whose work they are, and what couldn't be read. Asked by `plan_document`."""

from collections.abc import Mapping, Sequence

from slipway.domain.environment import ApprovalRule, Person
from slipway.domain.plain_text import cut, one_line
from slipway.domain.plan import MOST_COMMITS, NewCommits, PlannedCommit
from slipway.errors import InvalidInput, TemporarilyUnavailable
from slipway.ports import CommitInfo, Commits, Comparison

LONGEST_MESSAGE = 120
LONGEST_AUTHOR = 80
"""Characters of a commit's first line and of its author's name."""


def compared(commits: Commits, repository: str, live: str, commit: str) -> Comparison | str:
    """What would newly go live, or why that isn't known."""
    try:
        return commits.between(repository, live, commit)
    except TemporarilyUnavailable:
        return "GitHub didn't answer"
    except InvalidInput as error:
        return one_line(f"GitHub: {error}")[:LONGEST_MESSAGE]


def contributors(comparison: Comparison | str, pushers: Sequence[str], pusher: str, people: Mapping[str, Person]) -> tuple[str, ...]:
    """Logins, each once: of authors and committers in the order of their first commit, then of who else had pushed it.

    Somebody may write commits under an address that they haven't told GitHub: `slipway.yaml` may know it.
    """
    known = {person.email.lower(): person.github for person in people.values()}
    written = [
        login
        for commit in (comparison.commits if isinstance(comparison, Comparison) else ())
        for login in (commit.author, commit.committer, *(known.get(address.lower(), "") for address in commit.addresses))
    ]
    others = [login for login in pushers if login.lower() != pusher.lower()]
    return tuple(dict.fromkeys(login for login in (*written, *others) if login))


def unread(comparison: Comparison | str, environment: str, rule: ApprovalRule) -> str:
    """Why nobody can be asked because of commits whose authors weren't looked up; empty when all were, or when authors may decide.

    Where GitHub can't be asked at all, people decide knowing that. But anybody who pushes could add commits until their own one isn't read any more.
    """
    if isinstance(comparison, str) or not comparison.omitted or rule.self_approval:
        return ""
    return (
        f"{environment} wants somebody else than the authors to decide, and so much is new that only the newest {len(comparison.commits)} commits could be "
        f"read: who wrote the {_older(comparison)} isn't known. Bring an earlier release there first, so that fewer commits are new, "
        f"or let slipway.yaml allow self_approval for this deployment."
    )


def listed(comparison: Comparison | str) -> NewCommits:
    """Newest first. Names and messages are anybody's text: one line each, cut."""
    if isinstance(comparison, str):
        return NewCommits(unknown=comparison)
    if not comparison.connected:
        return NewCommits(unknown="no GitHub App is connected to the repository")
    newest = list(reversed(comparison.commits))
    more = len(newest[MOST_COMMITS:]) + comparison.omitted
    return NewCommits(tuple(_planned(commit) for commit in newest[:MOST_COMMITS]), more, notes=_notes(comparison))


def _notes(comparison: Comparison) -> tuple[str, ...]:
    notes = []
    if not comparison.related:
        notes.append("What runs there and this commit have no history in common, as far as GitHub knows: everything in it is new.")
    if comparison.lost:
        notes.append(
            f"{comparison.lost} commit{'s that run' if comparison.lost != 1 else ' that runs'} there {'are' if comparison.lost != 1 else 'is'} not in it."
        )
    if comparison.omitted:
        notes.append(f"Only the newest {len(comparison.commits)} commits were read; who wrote the {_older(comparison)} isn't known.")
    return tuple(notes)


def _older(comparison: Comparison) -> str:
    """At least so many: the host doesn't count a history that isn't compared with anything."""
    if not comparison.related:
        return "older ones"
    return "older one" if comparison.omitted == 1 else f"{comparison.omitted} older ones"


def _planned(commit: CommitInfo) -> PlannedCommit:
    name, login = cut(one_line(commit.author_name), LONGEST_AUTHOR), one_line(commit.author)[:LONGEST_AUTHOR]
    author = f"{name} ({login})" if name and login and name != login else name or login or "somebody"
    first = next(iter(commit.message.strip().splitlines()), "")
    return PlannedCommit(commit.commit[:40], author, cut(one_line(first), LONGEST_MESSAGE))
