"""A handler that tries to change what it is asked to. Tests run a copy, so that nothing of the checkout is at stake."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__)
ATTEMPTS = {
    "append to its code": lambda: HERE.open("a").close(),
    "append behind the link": lambda: HERE.resolve().open("a").close(),
    "write beside it": lambda: HERE.with_name("new").write_text(""),
    "write in the task root": lambda: Path(os.environ["LAMBDA_TASK_ROOT"], "new").write_text(""),
    "write where it was started": lambda: Path("new").write_text(""),
    "make a folder": lambda: HERE.with_name("new").mkdir(),
    "link beside it": lambda: HERE.with_name("new").symlink_to("/"),
    "remove its code": HERE.unlink,
    "remove it from its folder": lambda: os.remove(HERE.name, dir_fd=os.open(HERE.parent, os.O_RDONLY)),
    "remove the link": HERE.parent.unlink,
    "move its code away": lambda: HERE.rename(Path(tempfile.gettempdir(), "moved")),
    "empty its code": lambda: os.truncate(HERE, 0),
    "touch its code": HERE.touch,
    "let another Python write": lambda: subprocess.run([sys.executable, "-c", f"open({str(HERE)!r}, 'a')"], check=True, capture_output=True, text=True),
    "read its code": HERE.read_text,
    "write to /tmp": lambda: shutil.copy(HERE, tempfile.gettempdir()),
    "make and remove folders in /tmp": lambda: tempfile.TemporaryDirectory().cleanup(),
}


def attempt(event: dict[str, str], context: Any) -> str:
    """What came of it."""
    try:
        ATTEMPTS[event["what"]]()
    except OSError as error:
        return str(error)
    except subprocess.CalledProcessError as error:
        return str(error.stderr)
    return "done"
