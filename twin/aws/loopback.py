"""A WSGI application on a port of 127.0.0.1: the gateway and the mailbox are served so."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class _QuietHandler(WSGIRequestHandler):
    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(application: Callable[..., Any], port: int = 0) -> Iterator[str]:
    """Serve on 127.0.0.1:`port` (0: a free one) in a thread and give the URL. OSError when the port is taken."""
    http: BaseWSGIServer = make_server("127.0.0.1", port, application, threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, name=f"port {http.server_port}", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
