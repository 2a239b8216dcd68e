"""One cluster for all tests of this folder, on one worker: it takes longer to start than most of them.

It ends with the folder: an interpreter of state machines is in it, and there may be only one in a process.
"""

from collections.abc import Iterator

import pytest

from tests.contract.cluster.deploying import Site, deploying


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with deploying(tmp_path_factory.mktemp("site")) as found:
        yield found
