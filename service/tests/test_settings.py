import pytest
from pydantic import ValidationError

from sample_app.settings import read_settings


def test_settings_come_from_the_environment() -> None:
    settings = read_settings({"HOST": "127.0.0.9", "PORT": "8080", "IMAGE_DIGEST": "sha256:1", "LOG_LEVEL": "DEBUG", "OTHER": "ignored"})
    assert (settings.host, settings.port, settings.image_digest, settings.log_level) == ("127.0.0.9", 8080, "sha256:1", "DEBUG")


def test_an_empty_variable_counts_as_absent() -> None:
    assert read_settings({"PORT": "", "VERSION": ""}) == read_settings({})


def test_every_bad_setting_is_named_at_once() -> None:
    with pytest.raises(ValidationError) as raised:
        read_settings({"PORT": "80800", "LOG_LEVEL": "loud"})
    assert {fault["loc"] for fault in raised.value.errors()} == {("port",), ("log_level",)}
