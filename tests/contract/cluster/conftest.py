"""A cluster for the tests of a module, on one worker: it takes longer to start than most of them.

It ends with the module: an interpreter of state machines is in it, and there may be only one in a process.
"""

from collections.abc import Iterator

import pytest

from tests.contract.cluster.deploying import Site, deploying


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with deploying(tmp_path_factory.mktemp("site")) as found:
        yield found
