"""Checks a file: 0 when it is valid, 1 with its faults on stderr."""

import sys
from pathlib import Path

from slipway.adapters.configuration import FileConfigurations
from slipway.errors import InvalidInput


def main(path: Path) -> int:
    try:
        FileConfigurations(path).read()
    except (InvalidInput, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
