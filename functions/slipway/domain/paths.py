"""Which files of a repository a pattern means. Called for the `paths` of a service, which say what it is made of."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

LONGEST_NAME = 1000
"""Characters. A longer name counts as meant by every pattern: who pushes it gains no more than a release of their own."""
_ANYTHING, _FOLDERS, _PART, _ONE = "**", "**/", "*", "?"


def touch(patterns: Iterable[str], files: Iterable[str]) -> bool:
    """Whether one of the files is meant by one of the patterns. Names are from the top of the repository, without a slash in front.

    `*` and `?` stay within a name, `**` goes over folders: `helm/**` is everything below helm, `**/requirements.txt` also the one at the top.
    As GitHub's own filters: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
    """
    wanted = [_words(pattern) for pattern in patterns]
    return any(len(file) > LONGEST_NAME or _matches(words, file) for file in files for words in wanted)


@cache
def _words(pattern: str) -> Sequence[str]:
    """`src/**/*.py` is `src/`, `**/`, `*`, `.py`."""
    return tuple(word for word in re.split(r"(\*\*/|\*\*|\*|\?)", pattern) if word)


def _matches(words: Sequence[str], name: str) -> bool:
    """Word by word, with every place of the name that the words so far may lead to: as long as words times places, where going back over each choice
    takes hours for a name that somebody has made for it.
    """
    places = {0}
    for word in words:
        places = _after(word, places, name)
        if not places:
            return False
    return len(name) in places


def _after(word: str, places: set[int], name: str) -> set[int]:
    """The places that one word leads to."""
    if word == _ANYTHING:
        return set(range(min(places), len(name) + 1))
    if word == _FOLDERS:
        first = min(places)
        return places | {place + 1 for place in range(first, len(name)) if name[place] == "/"}
    if word == _ONE:
        return {place + 1 for place in places if place < len(name) and name[place] != "/"}
    if word == _PART:
        return _within_the_name(places, name)
    return {place + len(word) for place in places if name.startswith(word, place)}


def _within_the_name(places: set[int], name: str) -> set[int]:
    """Up to the next slash, from each place."""
    found: set[int] = set()
    for place in sorted(places):
        # What an earlier place leads to, this one does, too.
        if place not in found:
            end = name.find("/", place)
            found.update(range(place, (end if end >= 0 else len(name)) + 1))
    return found
