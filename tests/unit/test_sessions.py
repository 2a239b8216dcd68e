"""Cookies of a sign-in: nobody makes or changes one without the key, one kind never passes for the other, and all of them end."""

from datetime import timedelta

from slipway.adapters.links import SignedLinks
from slipway.adapters.sessions import ATTEMPT_LASTS, SESSION_LASTS, SignedSessions
from tests.fakes.control_plane import NOW


class Keys:
    def __init__(self, *keys: bytes) -> None:
        self.keys = keys

    def values(self) -> tuple[bytes, ...]:
        return self.keys


SESSIONS = SignedSessions(Keys(b"key"))


def test_a_session_names_who_signed_in_until_it_ends() -> None:
    cookie = SESSIONS.make("ada-l", NOW)
    assert SESSIONS.read(cookie, NOW + SESSION_LASTS - timedelta(seconds=1)) == "ada-l"
    assert SESSIONS.read(cookie, NOW + SESSION_LASTS) == ""


def test_no_letter_of_a_session_can_be_changed() -> None:
    cookie = SESSIONS.make("ada-l", NOW)
    for index in range(len(cookie) - 1):
        changed = cookie[:index] + ("A" if cookie[index] != "A" else "B") + cookie[index + 1 :]
        assert SESSIONS.read(changed, NOW) == ""
    assert [SESSIONS.read(cookie, NOW) for cookie in ("", "x", "é", "x" * 5000, f"{cookie}.x")] == [""] * 5


def test_an_attempt_is_resumed_only_with_its_state_and_in_time() -> None:
    attempt = SESSIONS.begin("the-link", NOW)
    assert SESSIONS.resume(attempt.cookie, attempt.state, NOW) == attempt
    assert SESSIONS.resume(attempt.cookie, "another", NOW) is None
    assert SESSIONS.resume(attempt.cookie, "", NOW) is None
    assert SESSIONS.resume(attempt.cookie, "é", NOW) is None
    assert SESSIONS.resume(attempt.cookie, attempt.state, NOW + ATTEMPT_LASTS) is None
    other = SESSIONS.begin("the-link", NOW)
    assert other.state != attempt.state and other.verifier != attempt.verifier
    assert len(attempt.verifier) >= 43 and SESSIONS.resume(other.cookie, attempt.state, NOW) is None


def test_one_kind_of_cookie_never_passes_for_another() -> None:
    attempt = SESSIONS.begin("the-link", NOW)
    assert SESSIONS.read(attempt.cookie, NOW) == ""
    assert SESSIONS.resume(SESSIONS.make("ada", NOW), "ada", NOW) is None
    assert SESSIONS._opened("session", attempt.cookie, NOW) is None, "not even where their contents are alike"
    assert SESSIONS.read(SignedLinks(Keys(b"key")).make("run-1-prod", "ada"), NOW) == ""


def test_a_session_survives_one_rotation_of_the_key() -> None:
    cookie = SESSIONS.make("ada-l", NOW)
    assert SignedSessions(Keys(b"new", b"key")).read(cookie, NOW) == "ada-l"
    assert SignedSessions(Keys(b"newer", b"new")).read(cookie, NOW) == ""
