"""What moto and botocore read and nobody here needs, or needs once. Called before anything of moto is imported."""

import functools
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from botocore import loaders


def leave_out_batch() -> None:
    """AWS Batch, which the interpreter imports for tasks that we don't have, brings all of EC2: half of the time that `twin.aws` takes to import.

    Only the package's own start is left out: its modules can be imported as ever. Batch can't be served then. Seen in moto 5.2.5.
    """
    found = importlib.util.find_spec("moto")
    assert found is not None and found.origin is not None
    package = ModuleType("moto.batch")
    package.__path__ = [str(Path(found.origin).parent / "batch")]
    sys.modules.setdefault("moto.batch", package)


def share_one_loader() -> None:
    """Services' descriptions are read once. Every session has a loader of its own, so that moto's server and its clients read them all, and the list of
    all endpoints, three times: half a second. Seen in botocore 1.44.8.
    """
    loaders.create_loader = functools.lru_cache(loaders.create_loader)
