"""A console over the fakes, with a question that waits for grace or ada, pushed by ada."""

import pytest

from tests.unit.console.browsing import Browser, Platform


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def browser(platform: Platform) -> Browser:
    return Browser(platform)
