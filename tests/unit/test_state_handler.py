"""What every state's handler has in common."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from slipway.errors import InvalidInput, Unexpected
from slipway.handlers.state import state_handler
from slipway.telemetry import metrics

CONTEXT = SimpleNamespace(function_name="slipway-test", get_remaining_time_in_millis=lambda: 1000)
TOKEN = "task-token-that-nobody-may-see"


@pytest.fixture(autouse=True)
def _namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `template.yaml` sets it."""
    monkeypatch.setattr(metrics.provider, "namespace", "Slipway")


@dataclass(frozen=True)
class Request:
    deployment: str
    token: str


@state_handler(Request)
def handler(request: Request, context: object) -> object:
    raise RuntimeError("nobody foresaw this")


@pytest.mark.parametrize("event", [{"token": TOKEN}, {"deployment": 7, "token": {"inner": TOKEN}}, [TOKEN]])
def test_a_wrong_event_is_told_without_a_word_of_what_was_in_it(event: object, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InvalidInput) as told:
        handler(event if isinstance(event, dict) else {"deployment": event, "token": event}, CONTEXT)
    written = "".join(capfd.readouterr()) + caplog.text
    assert "step ended in an error" in written
    assert TOKEN not in written and TOKEN not in str(told.value)


def test_what_nobody_foresaw_leaves_as_unexpected_with_its_name() -> None:
    with pytest.raises(Unexpected, match="RuntimeError: nobody foresaw this"):
        handler({"deployment": "run-1-dev", "token": TOKEN}, CONTEXT)
