"""`python -m twin.aws`: the AWS side of a stack as a process; prints `ready` when it serves.

For each mail, and each message that is published to a topic, it prints a line that begins with `note: `. Started by the supervisor, which shows such lines to
people.
"""

import argparse
import json
import logging
import signal
import sys
import threading
from pathlib import Path

from twin.aws.stack import Settings, running
from twin.aws.template.errors import TemplateError
from twin.launch import ready


def _settings(arguments: list[str] | None = None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m twin.aws", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="of the AWS API")
    parser.add_argument("--gateway-port", type=int, required=True, help="of the HTTP API")
    parser.add_argument("--mailbox-port", type=int, required=True, help="of the page with all sent mails")
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True, help="the stack's folder")
    parser.add_argument("--parameters", type=json.loads, default={}, help="of the template, as JSON")
    parser.add_argument("--kubernetes-endpoint", required=True)
    parser.add_argument("--cluster-ca", type=Path, required=True)
    parser.add_argument(
        "--builder", type=json.loads, required=True, help='{"clone_url": ".../{repository}.git", "registry": DIR, "work": DIR, "gate_python": PATH}'
    )
    given = parser.parse_args(arguments)
    state = given.state.resolve()
    return Settings(
        template=given.template.resolve(),
        state=state,
        parameters=given.parameters,
        kubernetes_endpoint=given.kubernetes_endpoint,
        cluster_ca=given.cluster_ca,
        clone_url=given.builder["clone_url"],
        registry=Path(given.builder["registry"]),
        work=Path(given.builder.get("work", state / "builds")),
        gate_python=Path(given.builder["gate_python"]),
        port=given.port,
        gateway_port=given.gateway_port,
        mailbox_port=given.mailbox_port,
    )


def main() -> int:
    """Serve until SIGTERM or SIGINT. Exit status 1, with one line on stderr, when it can't start."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)  # it logs parameters, task tokens among them; the history tells the errors
    asked_to_end = threading.Event()
    for request in (signal.SIGTERM, signal.SIGINT):
        signal.signal(request, lambda *_: asked_to_end.set())
    settings = _settings()
    try:
        with running(settings, announce=lambda line: print(f"note: {line}", flush=True)):
            ready()
            asked_to_end.wait()
    except TemplateError as error:
        print(f"{settings.template.name}: {error}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        ports = f"{settings.port}, {settings.gateway_port} and {settings.mailbox_port}"
        print(f"the AWS side can't start on ports {ports}: {error.strerror or error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
