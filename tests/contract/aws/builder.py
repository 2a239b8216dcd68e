"""Stands in for `python -m twin.builder`: notes its environment and its specification, then does what the build's variable DO says."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--spec", type=Path)
specification = json.loads(parser.parse_args().spec.read_text())
variables = specification["environment"]
Path(variables["NOTE"]).write_text(json.dumps({"environment": dict(os.environ), "specification": specification, "pid": os.getpid()}))

match variables["DO"]:
    case "succeed":
        result = {"status": "SUCCEEDED", "phase": "COMPLETED", "exported": {"IMAGE_DIGEST": "sha256:1"}}
    case "fail":
        result = {"status": "FAILED", "phase": "gate", "exported": {}}
    case "break":
        sys.exit("no gate")
    case "hang":
        Path(variables["PIPE"]).write_text("hanging")
        signal.pause()

Path(specification["result"]).write_text(json.dumps(result))
