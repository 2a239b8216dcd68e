"""The service's lock file, before anything is installed from it: only pinned packages with their hashes.

    python lock.py --lock CHECKOUT/service/requirements.txt --report gate.json

pip and uv read options in such a file: another index, a source archive of the checkout, `--no-binary`; each runs pushed
code with the builder's credentials. So every line has to be `NAME==VERSION`, a hash or a comment. Exit code 0: it is so;
1: it isn't, and the report says where, in the form of the gate's. Standard library only.
"""

import argparse
import json
import re
import sys
from pathlib import Path

HASH = r"--hash=sha256:[0-9a-f]{64}"
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]+\])?"
MARKER = r"""( ?; ?((?! -)[\w .'"<>=!~()-])+?)?"""
LINE = re.compile(rf"""\s*|\s*\#.*[^\\]|\s*\#|{NAME}==[A-Za-z0-9.!+_-]+{MARKER}( {HASH})*( \\)?|\s+{HASH}( \\)?""", re.ASCII)
DECLARED_ENCODING = re.compile(r"coding[:=]")
"""pip decodes the file as a comment in it says: https://peps.python.org/pep-0263/"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Check that a lock file names nothing but pinned packages with hashes.")
    parser.add_argument("--lock", type=Path, required=True, help="the commit's requirements.txt")
    parser.add_argument("--report", type=Path, required=True, help="where a refusal is written as JSON")
    arguments = parser.parse_args()
    fault = fault_of(arguments.lock)
    if fault is None:
        return 0
    print(fault, file=sys.stderr)
    arguments.report.write_text(json.dumps({"passed": False, "checks": [{"name": "lock", "passed": False, "seconds": 0.0, "output": fault}]}, indent=1))
    return 1


def fault_of(lock: Path) -> str | None:
    """What is wrong with the file, in a sentence; None when nothing is."""
    if not lock.is_file() or lock.is_symlink():
        return f"The service has no {lock.name}."
    try:
        lines = lock.read_bytes().decode("ascii").splitlines()
    except UnicodeDecodeError:
        return f"{lock.name} has characters beyond ASCII."
    for number, line in enumerate(lines, 1):
        if not LINE.fullmatch(line) or DECLARED_ENCODING.search(line):
            return f"{lock.name}, line {number}: {line.strip()[:200]!r}. A lock file has NAME==VERSION, --hash=sha256:... and comments, nothing else."
    return None


if __name__ == "__main__":
    sys.exit(main())
