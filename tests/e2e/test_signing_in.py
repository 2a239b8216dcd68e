"""The way from the console to GitHub and back, as the stack is wired. What signing in is worth is shown with the console itself (tests/unit/console)."""

import json

import httpx
import pytest

from tests.e2e.running import Running

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("one stack")]


def test_github_leads_people_back_to_the_console_which_wants_a_sign_in_of_its_own(running: Running) -> None:
    console = str(running.stack.outputs["ConsoleUrl"]).rstrip("/")
    secret = running.aws("secretsmanager").get_secret_value(SecretId=running.stack.outputs["GitHubSignInSecretArn"])["SecretString"]
    github = running.stack.github
    fields = {"client_id": json.loads(secret)["client_id"], "state": "x", "code_challenge": "c" * 43, "code_challenge_method": "S256", "login": "ada"}
    assert httpx.get(f"{github}/login/oauth/authorize", params=fields).status_code == 200
    confirmed = httpx.post(f"{github}/login/oauth/authorize", data=fields)
    assert confirmed.status_code == 302 and confirmed.headers["location"].startswith(f"{console}/signed-in?code=")
    back = httpx.get(confirmed.headers["location"], timeout=60)
    assert back.status_code == 400 and "the end of a sign-in that this browser began" in back.text
    assert "session" not in back.headers.get("set-cookie", "") and back.headers["referrer-policy"] == "no-referrer"
