"""How a request finds its service."""

import functools
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"


@correction(
    MOTO, seen="every request lists moto's folder and looks at its 190 entries, with a lock held: many requests at once wait for each other for minutes"
)
def a_host_is_looked_up_once(patches: Patches) -> None:
    """Which service a host name means is remembered."""
    look_up = DomainDispatcherApplication.get_backend_for_host

    @functools.lru_cache(maxsize=1000)
    def remembered(application: Any, host: str | None) -> Any:
        return look_up(application, host)

    def get_backend_for_host(application: Any, host: str | None) -> Any:
        return remembered(application, host)

    patches.replace(DomainDispatcherApplication, "get_backend_for_host", get_backend_for_host)
