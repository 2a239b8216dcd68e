"""The image's entry point."""

import asyncio
import os
import sys

from pydantic import ValidationError

from sample_app.application import create_app
from sample_app.logs import configure_logs
from sample_app.server import serve
from sample_app.settings import Settings, read_settings


def main() -> int:
    """0 after a drain, 2 when the environment holds a bad setting, with one line for each on stderr."""
    try:
        settings: Settings = read_settings(os.environ)
    except ValidationError as error:
        for fault in error.errors():
            print(f"{str(fault['loc'][0]).upper()}: {fault['msg']}", file=sys.stderr)
        return 2
    access_log = configure_logs(settings.log_level)
    asyncio.run(serve(create_app(settings, access_log), settings))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
