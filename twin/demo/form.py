"""The form of an approval page, as a browser without JavaScript sees it."""

from collections.abc import Mapping
from html.parser import HTMLParser


class Page(HTMLParser):
    """`hidden` are the form's hidden fields, `choices` the values of its buttons by their name, `message` is the text of the page's status element."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.hidden: dict[str, str] = {}
        self.choices: dict[str, set[str]] = {}
        self._text: list[str] = []
        self._within = ""
        self._depth = 0
        self.feed(html)
        self.close()

    @property
    def message(self) -> str:
        return " ".join("".join(self._text).split())

    def filled_in(self, choice: str, reason: str) -> Mapping[str, str]:
        """What the browser sends when the button of this choice is pressed. LookupError when the page has no such button."""
        names = [name for name, values in self.choices.items() if choice in values]
        if not names:
            raise LookupError(f"the page has no button {choice!r}")
        return {**self.hidden, "reason": reason, names[0]: choice}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given.get("value", "")
        if tag == "button" and "name" in given:
            self.choices.setdefault(given["name"], set()).add(given.get("value", ""))
        if not self._within and given.get("role") == "status":
            self._within = tag
        if tag == self._within:
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if self._within and tag == self._within:
            self._depth -= 1
            if not self._depth:
                self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self._text.append(data)
