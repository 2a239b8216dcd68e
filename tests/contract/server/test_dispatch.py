"""Requests of the twin's AWS find their service without a look at moto's folder."""

from moto import backends

from tests.contract.needs import Sandbox, needs
from twin.corrections.patching import Patches


@needs("a_host_is_looked_up_once")
def test_which_service_is_meant_is_looked_up_once(sandbox: Sandbox) -> None:
    sandbox.machines.states.list_state_machines()
    listed: list[int] = []
    names = tuple(backends.list_of_moto_modules())

    def counted() -> tuple[str, ...]:
        listed.append(1)
        return names

    patches = Patches()
    patches.replace(backends, "list_of_moto_modules", counted)
    try:
        for _ in range(3):
            sandbox.machines.states.list_state_machines()
    finally:
        patches.undo()
    assert listed == []
