"""Every correction, and the one way to put them on."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from twin.corrections.dynamodb import atomicity, partitions
from twin.corrections.events import rules
from twin.corrections.patching import Correction, Patches
from twin.corrections.server import dispatch
from twin.corrections.sqs import queues
from twin.corrections.stepfunctions import clients, definitions, errors, expressions, nesting, parsing, starting, status, tokens
from twin.corrections.sts import presigned

CORRECTIONS: tuple[Correction, ...] = (
    status.a_new_execution_can_be_asked_at_once,
    status.stopping_takes_effect_at_once,
    status.executions_end_once_and_are_announced,
    starting.a_missing_name_is_a_new_uuid,
    starting.a_bad_name_or_input_is_refused,
    starting.one_start_at_a_time,
    starting.the_start_time_is_a_string,
    tokens.a_retry_gets_a_new_token,
    tokens.a_task_failure_keeps_its_cause,
    tokens.a_missed_heartbeat_has_its_own_name,
    tokens.a_task_is_answered_once,
    tokens.a_bad_answer_is_refused,
    nesting.member_names_follow_the_service,
    nesting.a_nested_ending_is_noticed_at_once,
    nesting.stopping_a_parent_stops_its_children,
    errors.some_errors_are_never_caught,
    errors.a_choice_needs_its_variable,
    errors.an_input_has_a_limit,
    errors.a_map_needs_an_array,
    definitions.a_bad_definition_is_refused,
    expressions.jsonata_is_evaluated,
    clients.task_clients_are_kept,
    parsing.a_definition_is_parsed_once,
    parsing.a_path_is_parsed_once,
    atomicity.one_request_at_a_time,
    atomicity.a_transaction_copies_only_its_items,
    partitions.a_query_reads_its_own_partition,
    rules.unserved_targets_are_handed_over,
    rules.only_enabled_patterns_match,
    rules.an_events_time_is_iso_8601,
    queues.a_queue_is_changed_by_one_request_at_a_time,
    queues.messages_are_counted_for_those_who_ask,
    presigned.a_presigned_identity_is_answered,
    dispatch.a_host_is_looked_up_once,
)


def install(*, without: Collection[str] = ()) -> Patches:
    """Put every correction on but those named in `without`. ValueError for a name that no correction has."""
    unknown = set(without) - {known.name for known in CORRECTIONS}
    if unknown:
        raise ValueError(f"no such correction: {', '.join(sorted(unknown))}")
    patches = Patches()
    for known in CORRECTIONS:
        if known.name not in without:
            known.apply(patches)
    return patches


@contextmanager
def corrected(*, without: Collection[str] = ()) -> Iterator[Patches]:
    """Corrections for the length of a `with` block."""
    patches = install(without=without)
    try:
        yield patches
    finally:
        patches.undo()
