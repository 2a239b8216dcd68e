#!/usr/bin/env python3
"""The operator commands of the solution document; `cli/dev_cli.py` has them.

    scripts/dev-cli.py status
    scripts/dev-cli.py logs --service sample-app --environment dev --tail 50
    scripts/dev-cli.py rollback --environment prod --revision 3 --confirm

Any Python will do: one that isn't the development environment's starts that one in its place.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"


def main() -> None:
    if Path(sys.prefix).resolve() != ENVIRONMENT.resolve():
        python = str(ENVIRONMENT / "bin/python")
        if not Path(python).exists():
            sys.exit("The development environment isn't there yet: run `make setup`.")
        os.execv(python, [python, "-P", str(Path(__file__).resolve()), *sys.argv[1:]])
    sys.path.insert(0, str(ROOT))
    from cli import dev_cli

    dev_cli.main()


if __name__ == "__main__":
    main()
