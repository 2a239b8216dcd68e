"""Patterns of `paths` in slipway.yaml: what they mean, and that no name of a file makes asking take long."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.domain.paths import LONGEST_NAME, touch


@pytest.mark.parametrize(
    ("pattern", "meant", "not_meant"),
    [
        ("Makefile", ["Makefile"], ["makefile", "service/Makefile", "Makefile2"]),
        ("helm/**", ["helm/Chart.yaml", "helm/app/templates/a.yaml"], ["helm", "a/helm/x"]),
        ("**/requirements.txt", ["requirements.txt", "a/b/requirements.txt"], ["a/my-requirements.txt", "requirements.txt/a"]),
        ("*.lock", ["uv.lock", ".lock"], ["a/uv.lock", "uv.lock2", "uv.lock\n"]),
        ("**.lock", ["uv.lock", "a/b/uv.lock"], ["uv.locks"]),
        ("src/*/test?.py", ["src/a/test1.py"], ["src/a/b/test1.py", "src/a/test.py", "src/a/test/.py"]),
        ("src/**/test/**", ["src/test/a", "src/a/b/test/c/d"], ["src/test", "a/src/test/b"]),
        ("a+(b)/**", ["a+(b)/c"], ["aab/c"]),
    ],
)  # fmt: skip
def test_a_pattern_means_the_files_that_github_would_take_it_for(pattern: str, meant: list[str], not_meant: list[str]) -> None:
    assert [name for name in meant if not touch([pattern], [name])] == []
    assert [name for name in not_meant if touch([pattern], [name])] == []


@given(st.text("ab/*?", min_size=1, max_size=8), st.text("ab/", max_size=12))
def test_it_finds_what_a_search_that_goes_back_over_every_choice_finds(pattern: str, name: str) -> None:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    expression = "".join(parts.get(word) or re.escape(word) for word in re.split(r"(\*\*/|\*\*|\*|\?)", pattern))
    assert touch([pattern], [name]) == (re.fullmatch(expression, name, re.DOTALL) is not None)


@pytest.mark.parametrize(("pattern", "part"), [("**/src/**/test/**/x", "src/test/"), ("**/a/**/b/**/c", "a/b/"), ("*a*a*a*a*b", "a"), ("**a**a**a**b", "a")])
def test_a_name_that_was_made_to_take_long_is_answered_at_once(pattern: str, part: str) -> None:
    name = (part * LONGEST_NAME)[:LONGEST_NAME]
    started = time.process_time()
    assert not touch([pattern], [name])
    assert time.process_time() - started < 1  # seconds; it took minutes


def test_a_file_with_a_name_longer_than_anybody_gives_counts_as_touched() -> None:
    assert touch(["service/**"], ["other/" + "x" * LONGEST_NAME])
