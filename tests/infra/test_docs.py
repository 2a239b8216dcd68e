"""The documentation leads somewhere: links have their page and heading, and files that are named as a proof are there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = [page for folder in ("docs", "monitoring") for page in sorted((ROOT / folder).rglob("*.md"))]
PAGES = [ROOT / "README.md", *GUIDES, *(ROOT / folder / "README.md" for folder in ("terraform", "bench"))]


def links(page: Path) -> Iterator[str]:
    """Those into this repository, outside of examples."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    yield from (target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"https?://", target))


def headings(page: Path) -> set[str]:
    """As GitHub makes anchors of them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_page_and_to_a_heading_of_it(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or target.suffix != ".md" or anchor in headings(target), link


def test_what_limits_an_intruder_and_the_tests_that_show_it_are_there() -> None:
    named = re.findall(r"`((?:tests|functions|terraform|helm|build|docs)/[\w./{},-]+)`", (ROOT / "docs/security.md").read_text())
    assert len(named) > 40
    for path in named:
        first, _, rest = path.partition("{")
        middle, _, last = rest.partition("}")
        assert all((ROOT / f"{first}{each}{last}").exists() for each in middle.split(",")), path
