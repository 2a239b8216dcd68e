"""How the twin's processes start: `python -m twin.launch MODULE ...` is `python -m MODULE ...` that leaves garbage alone until it is `ready`.

A part makes some hundred thousand objects while it starts, and nearly all of them stay: looking for garbage among them again and again takes a quarter
of the start. Once it is ready, they are put out of the collector's sight.
"""

import gc
import runpy
import sys

READY = "ready"


def ready(more: str = "") -> None:
    """Tell whoever started this process that it can be used, in a line of its own; from now on garbage is collected."""
    gc.freeze()
    gc.enable()
    print(f"{READY}{more}", flush=True)


def main() -> None:
    del sys.argv[0]
    gc.disable()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
