"""A state machine that starts another, and other calls to services whose API members begin with a small letter."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback as callbacks
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService

from twin.corrections.patching import Patches, correction
from twin.corrections.stepfunctions.status import StatusChange, subscribe
from twin.member_names import from_response, shapes, to_request

MOTO = "moto 5.2.5"


@correction(MOTO, seen="states:startExecution (also .sync, .sync:2) and aws-sdk:sfn fail: member names go to boto3 and come back in the wrong case")
def member_names_follow_the_service(patches: Patches) -> None:
    """A task's parameters are written and its result is read in PascalCase, whatever case the service's own API uses."""
    normalise_request, normalise_answer = StateTaskService._normalise_parameters, StateTaskService._normalise_response

    def shapes_of(state: Any, service: str | None, action: str | None) -> tuple[Any, Any]:
        name = state._get_boto_service_name(service)
        return (None, None) if name == "lambda" else shapes(name, state._get_boto_service_action(action))

    def normalise_parameters(state: Any, parameters: dict[str, Any], boto_service_name: str | None = None, service_action_name: str | None = None) -> None:
        normalise_request(state, parameters, boto_service_name, service_action_name)
        shape, _ = shapes_of(state, boto_service_name, service_action_name)
        if shape is not None:
            changed = to_request(dict(parameters), shape)
            parameters.clear()
            parameters.update(changed)

    def normalise_response(state: Any, response: Any, boto_service_name: str | None = None, service_action_name: str | None = None) -> None:
        normalise_answer(state, response, boto_service_name, service_action_name)
        _, shape = shapes_of(state, boto_service_name, service_action_name)
        if shape is not None and isinstance(response, dict):
            changed = from_response(dict(response), shape)
            response.clear()
            response.update(changed)

    patches.replace(StateTaskService, "_normalise_parameters", normalise_parameters)
    patches.replace(StateTaskService, "_normalise_response", normalise_response)


class _Endings:
    """Counts endings of executions; a thread that saw a count can wait for the next."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._seen = threading.local()

    def note(self, change: StatusChange) -> None:
        if change.status != "RUNNING":
            with self._changed:
                self._count += 1
                self._changed.notify_all()

    def look(self) -> None:
        self._seen.count = self._count

    def wait(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count != self._seen.count, timeout=seconds)


@correction(MOTO, seen="a parent asks every 0.5 s whether its nested execution ended, so each nested step costs up to half a second")
def a_nested_ending_is_noticed_at_once(patches: Patches) -> None:
    """The parent of a `.sync` or `.sync:2` execution goes on in the moment the child ends, as on AWS."""
    endings = _Endings()
    evaluate = callbacks.StateTaskServiceCallback._eval_sync

    def eval_sync(state: Any, *, sync_resolver: Callable[[], Any], **named: Any) -> Any:
        def resolve() -> Any:
            endings.look()
            return sync_resolver()

        return evaluate(state, sync_resolver=resolve, **named)

    patches.replace(callbacks.StateTaskServiceCallback, "_eval_sync", eval_sync)
    patches.replace(callbacks, "time", SimpleNamespace(sleep=endings.wait))
    patches.on_undo(subscribe(endings.note))
