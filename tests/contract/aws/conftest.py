"""Slipway's own template, provisioned anew for each module: moto's state is one to a process, so no two stacks may overlap."""

from collections.abc import Iterator

import pytest

from tests.contract.aws.stacks import settings
from twin.aws.stack import Running, running


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(settings(tmp_path_factory.mktemp("stack"))) as stack:
        yield stack
