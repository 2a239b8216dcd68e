"""A queue's messages, changed by one request at a time."""

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sqs.models import Queue, SQSBackend

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"


@correction(MOTO, seen="a message that is sent while another one is deleted is lost: deleting makes a new list out of the old one")
def a_queue_is_changed_by_one_request_at_a_time(patches: Patches) -> None:
    """Sending, receiving and deleting don't mix. A long poll doesn't hold the others up: waiting on the condition gives its lock back."""
    send, delete, receive = Queue.add_message, Queue.delete_message, SQSBackend.receive_message

    def add_message(queue: Any, message: Any) -> None:
        with queue._messages_lock:
            send(queue, message)

    def delete_message(queue: Any, receipt_handle: str) -> None:
        with queue._messages_lock:
            delete(queue, receipt_handle)

    def receive_message(backend: Any, queue_name: str, *arguments: Any, **named: Any) -> Any:
        with backend.get_queue(queue_name)._messages_lock:
            return receive(backend, queue_name, *arguments, **named)

    patches.replace(Queue, "add_message", add_message)
    patches.replace(Queue, "delete_message", delete_message)
    patches.replace(SQSBackend, "receive_message", receive_message)


_COUNTS = frozenset(name for name in Queue.BASE_ATTRIBUTES if name.startswith("ApproximateNumberOf"))


@correction(
    MOTO, seen="sending a message counts those of the queue a dozen times over, receiving one too: 80 ms each for a thousand, and nobody else is served"
)
def messages_are_counted_for_those_who_ask(patches: Patches) -> None:
    """GetQueueAttributes counts. Whoever looks at other attributes of a queue doesn't."""
    ask = SQSBackend.get_queue_attributes

    def get_queue_attributes(backend: Any, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
        counted = _COUNTS if "All" in attribute_names else _COUNTS.intersection(attribute_names)
        answer: dict[str, Any] = ask(backend, queue_name, [name for name in attribute_names if name not in _COUNTS])
        queue = backend.get_queue(queue_name)
        return answer | {name: getattr(queue, camelcase_to_underscores(name)) for name in counted}

    patches.replace(Queue, "BASE_ATTRIBUTES", [name for name in Queue.BASE_ATTRIBUTES if name not in _COUNTS])
    patches.replace(SQSBackend, "get_queue_attributes", get_queue_attributes)
