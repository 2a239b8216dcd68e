"""A state machine that starts another, and other calls to services whose API members begin with a small letter."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback as callbacks
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import StateTaskServiceSfn
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from twin.corrections.patching import Patches, correction
from twin.corrections.stepfunctions.status import StatusChange, subscribe
from twin.member_names import from_response, shapes, to_request

MOTO = "moto 5.2.5"
_RESOLVERS = ("_build_sync_resolver", "_build_sync2_resolver")


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
    """An event for each execution that somebody waits for, set when it ends. A thread waits for the one that it asked about last."""

    def __init__(self) -> None:
        self._awaited: dict[str, threading.Event] = {}
        self._own = threading.local()

    def note(self, change: StatusChange) -> None:
        if change.status != "RUNNING":
            self._awaited.pop(change.execution.exec_arn, threading.Event()).set()

    def of(self, arn: str) -> threading.Event:
        return self._awaited.setdefault(arn, threading.Event())

    def asked_about(self, ended: threading.Event) -> None:
        self._own.ended = ended

    def wait(self, seconds: float) -> None:
        self._own.ended.wait(seconds)


@correction(MOTO, seen="a parent asks every 0.5 s whether its child ended: a step costs up to that, and a hundred waiting parents take the whole server")
def a_nested_ending_is_noticed_at_once(patches: Patches) -> None:
    """The parent of a `.sync` or `.sync:2` execution asks when it has started the child and in the moment that it ends, as on AWS, not in between."""
    endings = _Endings()

    def asking_at_the_end(build: Callable[..., Callable[[], Any]]) -> Callable[..., Callable[[], Any]]:
        def build_resolver(state: Any, env: Any, *arguments: Any, **named: Any) -> Callable[[], Any]:
            ended, asked = endings.of(env.stack[-1]["ExecutionArn"]), threading.Event()
            ask = build(state, env, *arguments, **named)

            def resolve() -> Any:
                endings.asked_about(ended)
                if asked.is_set() and not ended.is_set():
                    return None
                asked.set()
                return ask()

            return resolve

        return build_resolver

    for name in _RESOLVERS:
        patches.replace(StateTaskServiceSfn, name, asking_at_the_end(getattr(StateTaskServiceSfn, name)))
    patches.replace(callbacks, "time", SimpleNamespace(sleep=endings.wait))
    patches.on_undo(subscribe(endings.note))


class _Children:
    """The executions that each running execution has started and waited for."""

    def __init__(self) -> None:
        self._of: dict[str, list[str]] = {}

    def add(self, parent: str, child: str) -> None:
        self._of.setdefault(parent, []).append(child)

    def note(self, change: StatusChange) -> None:
        if change.status != "RUNNING":
            children = self._of.pop(change.execution.exec_arn, [])
            if change.status == "ABORTED":
                for child in children:
                    _stop(child)


def _stop(arn: str) -> None:
    *_, region, account, _, _, _ = arn.split(":")
    stepfunctions_parser_backends[account][region].describe_execution(arn).stop(stop_date=datetime.now(UTC), error=None, cause=None)


@correction(MOTO, seen="StopExecution of a parent leaves the child that it waits for running")
def stopping_a_parent_stops_its_children(patches: Patches) -> None:
    """A `.sync` or `.sync:2` task that is aborted calls StopExecution. https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync

    AWS promises an attempt only; here it always succeeds.
    """
    children = _Children()

    def remembering(build: Callable[..., Callable[[], Any]]) -> Callable[..., Callable[[], Any]]:
        def build_resolver(state: Any, env: Any, *arguments: Any, **named: Any) -> Callable[[], Any]:
            child = env.stack[-1]["ExecutionArn"]
            children.add(env.states.context_object.context_object_data["Execution"]["Id"], child)
            if not env.is_running():
                _stop(child)
            return build(state, env, *arguments, **named)

        return build_resolver

    for name in _RESOLVERS:
        patches.replace(StateTaskServiceSfn, name, remembering(getattr(StateTaskServiceSfn, name)))
    patches.on_undo(subscribe(children.note))
