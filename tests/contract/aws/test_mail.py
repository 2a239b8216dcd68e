"""SES of the twin, and the mailbox in which a person and a test read what was sent."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.contract.aws.stacks import settings
from twin.aws import server
from twin.aws.stack import Running, running

SENDER = "slipway@example.com"
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  MailFrom: {Type: String, Default: slipway@example.com}
Resources:
  Sender: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: !Ref MailFrom}}
Outputs:
  Sender: {Value: !Ref Sender}
"""
HOSTILE = "<script>alert(1)</script>\"'&"


class Post:
    """A stack with an identity to send from. `folder` is the stack's; `announced` holds what a terminal would show."""

    def __init__(self, stack: Running, folder: Path, announced: list[str], browser: httpx.Client) -> None:
        self.stack = stack
        self.folder = folder
        self.announced = announced
        self.browser = browser
        self._ses = server.client("sesv2", stack.endpoint)

    def send(self, *, to: str = "grace@example.com", sender: str = SENDER, subject: str = "Approve?", **body: str) -> str:
        """Parts by name, Text and Html; the id that SES gives."""
        content = {"Subject": {"Data": subject}, "Body": {name: {"Data": data, "Charset": "UTF-8"} for name, data in body.items()}}
        sent = self._ses.send_email(FromEmailAddress=sender, Destination={"ToAddresses": to.split()}, Content={"Simple": content})
        return str(sent["MessageId"])

    def send_raw(self, data: bytes) -> None:
        self._ses.send_email(FromEmailAddress=SENDER, Destination={"ToAddresses": ["grace@example.com"]}, Content={"Raw": {"Data": data}})

    def mails(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.browser.get("/messages.json").json()
        return found


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("mailbox")
    (folder / "template.yaml").write_text(TEMPLATE)
    announced: list[str] = []
    with (
        running(settings(folder, folder / "template.yaml"), announce=announced.append) as stack,
        httpx.Client(base_url=stack.mailbox, trust_env=False) as browser,
    ):
        yield Post(stack, folder / "state", announced, browser)


class _Elements(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_templates_identity_can_send(post: Post) -> None:
    assert post.stack.outputs["Sender"] == SENDER
    assert post.send(Text="hello")


def test_a_mail_keeps_its_subject_and_both_of_its_parts(post: Post) -> None:
    post.send(to="grace@example.com ada@example.com", subject="Grüße", Text="as text", Html="<p>as page")
    newest = post.mails()[0]
    assert newest.pop("sent_at").endswith("+00:00")
    assert newest == {
        "id": len(post.mails()),
        "to": ["grace@example.com", "ada@example.com"],
        "sender": SENDER,
        "subject": "Grüße",
        "text": "as text",
        "html": "<p>as page",
    }


@pytest.mark.parametrize(("part", "lacking"), [("Text", "html"), ("Html", "text")])
def test_a_part_that_a_mail_lacks_is_null(post: Post, part: str, lacking: str) -> None:
    post.send(**{part: "x"})
    assert post.mails()[0][lacking] is None
    assert post.browser.get(f"/messages/{post.mails()[0]['id']}").status_code == 200


def test_a_sender_with_a_name_is_verified_by_its_address(post: Post) -> None:
    post.send(sender=f"Slipway <{SENDER}>", Text="x")
    assert post.mails()[0]["sender"] == f"Slipway <{SENDER}>"


def test_an_unverified_sender_is_rejected_and_nothing_is_sent(post: Post) -> None:
    before = post.mails()
    with pytest.raises(ClientError) as refused:
        post.send(sender="mallory@example.org", Text="x")
    assert (refused.value.response["Error"]["Code"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]) == ("MessageRejected", 400)
    assert post.mails() == before


def test_what_the_mailbox_could_not_show_is_refused(post: Post) -> None:
    before = post.mails()
    with pytest.raises(ClientError, match=r"BadRequestException.*the twin sends Content\.Simple only"):
        post.send_raw(b"Subject: x\r\n\r\nx")
    with pytest.raises(ClientError, match=r"BadRequestException.*needs Text or Html"):
        post.send()
    assert post.mails() == before


def test_the_list_shows_the_newest_first_and_links_to_each(post: Post) -> None:
    post.send(subject="older", Text="x")
    post.send(subject="newer", Text="x")
    page, newest = post.browser.get("/"), post.mails()[0]["id"]
    assert page.text.index("newer") < page.text.index("older")
    assert {"href": f"/messages/{newest}"} in _Elements(page.text).all("a")


def test_each_mail_is_announced_in_one_line_without_control_characters(post: Post) -> None:
    post.send(subject="a\nready\r\x1b]0;owned\x07\x9b2J\u202e" + "x" * 1000, Text="x")
    line = post.announced[-1]
    assert line.startswith("mail to grace@example.com: a�ready��]0;owned��2J�xxx")
    assert line.endswith(f"x… ({post.stack.mailbox}/messages/{post.mails()[0]['id']})")
    assert line.isprintable()
    assert len(line) < 400


def test_addresses_in_the_text_can_be_clicked_and_nothing_else_of_it_is_markup(post: Post) -> None:
    link = "http://127.0.0.1:7072/approvals/a-b_c.d?x=1&y=2"
    post.send(subject=HOSTILE, Text=f"Open <{link}>, or ({link}). {HOSTILE}")
    page = _Elements(post.browser.get(f"/messages/{post.mails()[0]['id']}").text)
    assert [found["href"] for found in page.all("a")] == ["/", link, link]
    assert not page.all("script")
    assert page.text.count(HOSTILE) == 3  # title, header, text


def test_the_html_part_sits_in_a_sandbox_whose_links_open_outside_of_it(post: Post) -> None:
    html = f'<p style="color:red" title="&quot;">{HOSTILE}<a href="http://127.0.0.1:7072/approvals/1">Decide</a></iframe>'
    post.send(Html=html)
    page = _Elements(post.browser.get(f"/messages/{post.mails()[0]['id']}").text)
    [frame] = page.all("iframe")
    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert frame["srcdoc"] == f'<!doctype html><base target="_blank">{html}'
    assert not page.all("script")


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/messages.json", 200), ("/messages/1", 200), ("/messages/9999", 404), ("/messages/0", 404), ("/x", 404)]
)
def test_every_answer_forbids_scripts_frames_and_referrers(post: Post, path: str, status: int) -> None:
    post.send(Text="x")
    answer = post.browser.get(path)
    assert answer.status_code == status
    policy = dict(directive.split(" ", 1) for directive in answer.headers["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["form-action"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'",) * 4
    assert "script-src" not in policy
    assert (answer.headers["Referrer-Policy"], answer.headers["X-Content-Type-Options"]) == ("no-referrer", "nosniff")


def test_a_web_page_that_gives_its_own_name_this_address_reads_nothing(post: Post) -> None:
    post.send(Text="secret link")
    answer = post.browser.get("/messages.json", headers={"Host": "attacker.example:80"})
    assert (answer.status_code, "secret" in answer.text) == (400, False)


def test_the_mailbox_can_only_be_read(post: Post) -> None:
    assert post.browser.post("/messages.json").status_code == 405


def test_its_address_is_told_to_whoever_starts_later(post: Post) -> None:
    assert json.loads((post.folder / "aws.json").read_text())["mailbox"] == post.stack.mailbox
