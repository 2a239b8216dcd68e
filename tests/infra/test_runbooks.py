"""What runbooks may hold, and that a command which isn't right is found. Their commands are carried out by `tests/e2e/test_runbooks.py`."""

from pathlib import Path

import pytest

from tests.e2e.runbooks import PAGES, SECTIONS, CommandFailed, WrongPage, carry_out, commands

NAMES = {"approval-problems", "failed-rollback", "high-error-rate", "network-issues", "pod-crashloop", "stuck-deployment"}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A right one, with a command in two lines and an output."""
    text = "\n\n".join(f"## {section}" for section in SECTIONS)
    commands = "```console\n$ printf '%s\\n' one \\\n    two | tail -n 1\ntwo\n$ echo $WORD\n```"
    file = tmp_path / "page.md"
    file.write_text(text.replace("## What to do", f"## What to do\n\n{commands}"))
    return file


def test_every_page_keeps_to_the_rules_and_is_in_the_list() -> None:
    assert PAGES.keys() == NAMES
    assert all(len(commands(page)) >= 4 for page in PAGES.values())
    listed = (PAGES["pod-crashloop"].parent / "README.md").read_text()
    assert [name for name in sorted(NAMES) if f"[{name}]({name}.md)" not in listed] == []


def test_commands_are_carried_out_in_their_order_with_the_variables(page: Path, tmp_path: Path) -> None:
    printed = carry_out(page, {"WORD": "three"}, home=tmp_path)
    assert list(printed.values()) == ["two\n", "three\n"]


@pytest.mark.parametrize(
    "wrong", ["slipway rolback sample-app dev", "nosuchtool --now", "false | cat", "echo $NOBODY_SETS_THIS", "printf 'half", "slipway status --nosuch"]
)
def test_a_planted_wrong_command_is_found_with_its_page_and_line(page: Path, tmp_path: Path, wrong: str) -> None:
    page.write_text(page.read_text().replace("echo $WORD", wrong))
    line = page.read_text().splitlines().index(f"$ {wrong}") + 1
    with pytest.raises(CommandFailed) as found:
        carry_out(page, {}, home=tmp_path)
    assert str(found.value).startswith(f"page.md:{line}: {wrong}\n")


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("echo $WORD", "echo $(nosuchtool)", "hide that a command failed"),
        ("echo $WORD", "nosuchtool || true", "hide that a command failed"),
        ("echo $WORD", "nosuchtool; true", "hide that a command failed"),
        ("```console", "```sh", "a page has no others"),
        ("## Prevent it", "## Later", "its sections are"),
        ("## See what it is", "## See what it is\n\n```console\n$ kubectl delete pods --all\n```", "what may change something stands under"),
    ],
)
def test_a_page_that_would_escape_the_check_is_refused(page: Path, right: str, wrong: str, complaint: str) -> None:
    page.write_text(page.read_text().replace(right, wrong, 1))
    with pytest.raises(WrongPage, match=complaint):
        commands(page)
