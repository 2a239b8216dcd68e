"""The approver's form, read as a browser without JavaScript reads it."""

import pytest

from twin.demo.form import Page

ASKING = """
<p>Decide, please.</p>
<form method="post"><input type="hidden" name="ticket" value="a&amp;b"><input name="other" value="not hidden">
<textarea name="reason"></textarea>
<button class="approve" name="choice" value="approve">Approve</button><button name="choice" value="reject">Reject</button></form>
"""
ANSWERING = """<h1>web</h1><div class="result" role="status"><p><strong>Your vote is counted.</strong>
 web v1 is <div>approved</div> by grace &amp; ada.</p></div><p>and more</p>"""


def test_a_button_sends_the_hidden_fields_the_reason_and_its_own_value() -> None:
    assert Page(ASKING).filled_in("reject", "not today") == {"ticket": "a&b", "reason": "not today", "choice": "reject"}


def test_a_page_without_the_button_cant_be_filled_in() -> None:
    with pytest.raises(LookupError, match="no button 'approve'"):
        Page(ANSWERING).filled_in("approve", "")


def test_the_message_is_the_text_of_the_status_element_alone() -> None:
    assert Page(ANSWERING).message == "Your vote is counted. web v1 is approved by grace & ada."
    assert Page(ASKING).message == ""
