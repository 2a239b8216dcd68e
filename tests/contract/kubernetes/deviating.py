"""A part of the twin's cluster that deviates from Kubernetes on purpose: `python -m tests.contract.kubernetes.deviating NAME MODULE ARGUMENT...`.

Each deviation is a line of the part written otherwise. `test_deviations` starts the part so, and expects the suite to find it.
"""

import importlib
import runpy
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.property.planting import plant


@dataclass(frozen=True)
class Deviation:
    """`where` is a function as `module:name`, `right` what stands in it once, `wrong` what stands there instead. `found_by` is the test, as `module.name`."""

    where: str
    right: str
    wrong: str
    found_by: str


API = "twin.cluster.apiserver"
CONTROLLERS = "twin.cluster.controllers"
DEVIATIONS: Mapping[str, Deviation] = {
    "a watch without its initial bookmark": Deviation(
        f"{API}.http.watch:Watch.events",
        "if self._streams_list:",
        "if False:",
        "test_watches.test_a_streamed_list_ends_with_an_annotated_bookmark",
    ),
    "a watch that looks at its selector only once": Deviation(
        f"{API}.http.watch:Watch._kind",
        'return "MODIFIED" if now and before else "ADDED" if now else "DELETED" if before else ""',
        "return change.kind",
        "test_watches.test_what_begins_to_match_a_selector_is_added_and_what_ceases_to_is_deleted",
    ),
    "a stale write that is taken": Deviation(
        f"{API}.storage.writing:_check_preconditions",
        'about["resourceVersion"] != known["resourceVersion"]',
        "False",
        "test_concurrency.test_a_write_of_an_old_state_is_a_conflict",
    ),
    "a write of nothing that is a new version": Deviation(
        f"{API}.storage.writing:Writer._replace",
        "if _without_times(item) == _without_times(old):",
        "if False:",
        "test_concurrency.test_a_write_that_changes_nothing_is_no_new_version",
    ),
    "a Role that isn't enforced": Deviation(
        f"{API}.access.rbac:Authorizer.check",
        "if not self._is_granted(user, request):",
        "if False:",
        "test_access.test_what_no_role_allows_is_forbidden",
    ),
    "an apply that makes what its user may only change": Deviation(
        f"{API}.access.rbac:Authorizer.check_applied",
        "if not self._is_granted(user, request):",
        "if False:",
        "test_access.test_an_apply_that_makes_an_object_needs_the_right_to_create_it",
    ),
    "rights that anybody may hand out": Deviation(
        f"{API}.access.rbac:Authorizer.rules_of",
        "[grant.rule for grant in self._grants(user, namespace)]",
        '[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]',
        "test_access.test_nobody_hands_out_rights_that_they_do_not_have",
    ),
    "a conflict of appliers that nobody notices": Deviation(
        f"{API}.ownership.applying:_refuse_conflicts",
        "if conflicts:",
        "if False:",
        "test_server_side_apply.test_a_field_of_somebody_else_is_a_conflict_that_names_them",
    ),
    "a dropped field that stays": Deviation(
        f"{API}.ownership.pruning:_goes",
        "return is_in(last) and (still is None or not is_in(still))",
        "return False",
        "test_server_side_apply.test_a_field_that_its_only_owner_drops_is_removed",
    ),
    "a finalizer that nobody waits for": Deviation(
        f"{API}.storage.deletion:_finalizers",
        "return [*present, wanted] if wanted and wanted not in present else present",
        "return []",
        "test_deletion.test_an_object_with_a_finalizer_waits_for_it",
    ),
    "a namespace that goes on while it ends": Deviation(
        f"{API}.admission.namespaces:check_namespace",
        "if is_being_deleted(found):",
        "if False:",
        "test_namespaces.test_a_namespace_waits_for_finalizers_and_takes_nothing_new",
    ),
    "a quota that is never full": Deviation(
        f"{API}.admission.quota:check_quota",
        "if quotas:",
        "if False:",
        "test_quota.test_what_exceeds_a_quota_is_refused_with_the_amounts",
    ),
    "an unknown field that is taken in silence": Deviation(
        f"{API}.http.validation:checked",
        'if mode == "Strict" and faults:',
        "if False:",
        "test_validation.test_an_unknown_field_is_refused_when_asked_strictly",
    ),
    "dependents that outlive their owner": Deviation(
        f"{CONTROLLERS}.garbage_collection.decisions:decide",
        "if not references:",
        "if True:",
        "test_deletion.test_what_an_object_owned_goes_after_it",
    ),
    "a history that is never cut": Deviation(
        f"{CONTROLLERS}.deployment.revisions:forgettable",
        "if limit is None:",
        "if True:",
        "test_deployments.test_only_as_many_old_replica_sets_are_kept_as_the_history_limit_says",
    ),
}


def function_of(deviation: Deviation) -> Any:
    """What is to be written otherwise."""
    module, _, name = deviation.where.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def main() -> None:
    """The part runs until it is ended, as its own module does."""
    _, name, module, *arguments = sys.argv
    deviation = DEVIATIONS[name]
    sys.argv = [module, *arguments]
    with pytest.MonkeyPatch.context() as patches:
        plant(patches, function_of(deviation), (deviation.right, deviation.wrong))
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
