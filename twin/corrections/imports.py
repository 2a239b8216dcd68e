"""What moto imports and nobody here uses. Called before anything of its state machine interpreter is imported."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def leave_out_batch() -> None:
    """AWS Batch, which the interpreter imports for tasks that we don't have, brings all of EC2: half of the time that `twin.aws` takes to import.

    Only the package's own start is left out: its modules can be imported as ever. Batch can't be served then. Seen in moto 5.2.5.
    """
    found = importlib.util.find_spec("moto")
    assert found is not None and found.origin is not None
    package = ModuleType("moto.batch")
    package.__path__ = [str(Path(found.origin).parent / "batch")]
    sys.modules.setdefault("moto.batch", package)
