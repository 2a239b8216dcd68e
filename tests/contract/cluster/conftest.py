"""One cluster for all tests of this folder, on one worker: it takes longer to start than most of them."""

from collections.abc import Iterator

import pytest

from tests.contract.cluster.deploying import Site, deploying


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with deploying(tmp_path_factory.mktemp("site")) as found:
        yield found
