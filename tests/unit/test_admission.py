"""Admit: what keeps a release out, what is let pass until when, and what a signature stands for."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from slipway.domain.admission import Dependencies, Finding, FindingException, FindingsRule, Scan, ScanState, Severity, judge
from slipway.domain.release import Release, ReleaseState
from slipway.errors import Unexpected
from tests.fakes.control_plane import BETTER, NOW, ControlPlane
from tests.fakes.world import FakeSignatures

APP, IMAGE = "sample-app", "sha256:better"
WANTED = {"run": "run-1", "service": APP, "commit": BETTER}
OPENSSL = Finding(("CVE-2026-1",), "openssl 3.0.1", Severity.HIGH)
JINJA = Finding(("GHSA-aaaa", "CVE-2026-2"), "jinja2 3.1.0", None, "3.1.6")
UNFIXED = Finding(("PYSEC-2026-3",), "pickle5 0.1", None)
TODAY = NOW.date()
RULE = FindingsRule()


@pytest.fixture
def plane() -> ControlPlane:
    """The commit is built and its image in the registry."""
    plane = ControlPlane()
    plane.registry.digests[BETTER] = IMAGE
    plane.releases.save(Release(APP, BETTER, ReleaseState.BUILT, "build", bundle_digest="sha256:bundle"))
    return plane


def admitted(plane: ControlPlane, **given: object) -> dict[str, Any]:
    answer: dict[str, Any] = plane.run_step("admit", {**WANTED, **given})
    return answer


def release(plane: ControlPlane) -> Release:
    found = plane.releases.get(APP, BETTER)
    assert found is not None
    return found


def set_rule(plane: ControlPlane, rule: FindingsRule) -> None:
    plane.configurations.configuration = replace(plane.configurations.configuration, findings=rule)


def refusal(rule: FindingsRule, *findings: Finding, today: date = TODAY) -> str:
    scanned = tuple(finding for finding in findings if finding.severity)
    return judge(rule, APP, Scan(ScanState.FINISHED, scanned), [finding for finding in findings if not finding.severity], today).refusal


def test_a_release_without_findings_is_ready_and_signed_over_all_that_is_deployed(plane: ControlPlane) -> None:
    assert admitted(plane)["release"] == "ready"
    ready = release(plane)
    assert (ready.state, ready.image_digest, ready.bundle_digest) == (ReleaseState.READY, IMAGE, "sha256:bundle")
    assert FakeSignatures().is_valid(ready.statement, ready.signature)
    others = [{"commit": "f" * 40}, {"service": "other"}, {"image_digest": "sha256:other"}, {"bundle_digest": "sha256:other"}]
    assert not any(FakeSignatures().is_valid(replace(ready, **other).statement, ready.signature) for other in others)


def test_what_the_registry_still_scans_is_asked_for_again_less_and_less_often(plane: ControlPlane) -> None:
    plane.registry.scans[IMAGE] = Scan(ScanState.UNFINISHED)
    answers = [admitted(plane)]
    for _ in range(4):
        answers.append(admitted(plane, admission=answers[-1]))
    assert {answer["release"] for answer in answers} == {"scanning"}
    assert [answer["wait_seconds"] for answer in answers] == [2, 5, 10, 15, 15]
    assert release(plane).state is ReleaseState.BUILT


def test_a_scan_that_never_ends_is_an_error_and_no_refusal(plane: ControlPlane) -> None:
    plane.registry.scans[IMAGE] = Scan(ScanState.UNFINISHED)
    answer = None
    with pytest.raises(Unexpected, match="hasn't finished its scan"):
        for _ in range(100):
            answer = admitted(plane, admission=answer)
    assert release(plane).state is ReleaseState.BUILT


def test_a_release_with_findings_is_refused_but_not_for_good(plane: ControlPlane) -> None:
    plane.registry.scans[IMAGE] = Scan(ScanState.FINISHED, (OPENSSL,))
    refused = admitted(plane)
    assert refused["release"] == "refused"
    assert "CVE-2026-1 (high) in openssl 3.0.1" in refused["reason"]
    assert (release(plane).state, release(plane).signature) == (ReleaseState.BUILT, "")

    set_rule(plane, FindingsRule(exceptions=(FindingException("CVE-2026-1", TODAY, "we don't use that part"),)))
    assert admitted(plane)["release"] == "ready"
    said = [message for _, kind, message, _ in plane.timeline.events if kind == "admitted"]
    assert said == [f"The release is ready: image {IMAGE}; let pass for now: CVE-2026-1 in openssl 3.0.1"]


def test_advisories_about_the_packages_count_too(plane: ControlPlane) -> None:
    plane.advisories.known[BETTER] = [JINJA]
    assert "GHSA-aaaa in jinja2 3.1.0, fixed in 3.1.6" in admitted(plane)["reason"]


def test_a_build_that_left_no_audit_is_refused(plane: ControlPlane) -> None:
    plane.advisories.known[BETTER] = None
    assert admitted(plane)["reason"] == "The build left no audit of the packages in requirements.txt."


@pytest.mark.parametrize("state", [ReleaseState.READY, ReleaseState.REFUSED])
def test_a_release_is_admitted_once(plane: ControlPlane, state: ReleaseState) -> None:
    plane.releases.releases.clear()
    plane.releases.save(Release(APP, BETTER, state, "build", IMAGE, "sha256:bundle", "why", "signature"))
    assert admitted(plane) == {"release": state, "reason": "why", "looks": 0, "wait_seconds": 0}
    assert release(plane).signature == "signature"


@pytest.mark.parametrize(
    ("rule", "finding", "refused"),
    [
        (RULE, replace(OPENSSL, severity=Severity.CRITICAL), True),
        (RULE, replace(OPENSSL, severity=Severity.MEDIUM), False),
        (RULE, replace(OPENSSL, severity=Severity.UNDEFINED), False),
        (FindingsRule(refuse=frozenset({Severity.UNDEFINED})), replace(OPENSSL, severity=Severity.UNDEFINED), True),
        (FindingsRule(refuse=frozenset()), replace(OPENSSL, severity=Severity.CRITICAL), False),
        (RULE, JINJA, True),
        (RULE, UNFIXED, False),
        (FindingsRule(dependencies=Dependencies.ALL), UNFIXED, True),
        (FindingsRule(dependencies=Dependencies.NONE), JINJA, False),
        (FindingsRule(refuse=frozenset()), JINJA, True),
    ],
)
def test_the_rule_says_what_counts(rule: FindingsRule, finding: Finding, refused: bool) -> None:
    assert bool(refusal(rule, finding)) is refused


@pytest.mark.parametrize(
    ("exception", "refused"),
    [
        (FindingException("CVE-2026-1", TODAY, "why"), False),
        (FindingException("cve-2026-1", TODAY + timedelta(days=1), "why", (APP,)), False),
        (FindingException("CVE-2026-1", TODAY - timedelta(days=1), "why"), True),
        (FindingException("CVE-2026-1", TODAY, "why", ("other",)), True),
        (FindingException("CVE-2026-11", TODAY, "why"), True),
    ],
)
def test_an_exception_is_about_one_finding_until_the_end_of_its_day(exception: FindingException, refused: bool) -> None:
    assert bool(refusal(FindingsRule(exceptions=(exception,)), OPENSSL)) is refused


def test_an_exception_may_name_any_of_a_findings_names() -> None:
    assert refusal(FindingsRule(exceptions=(FindingException("CVE-2026-2", TODAY, "why"),)), JINJA) == ""


def test_an_exception_that_has_ended_is_told() -> None:
    ended = FindingException("CVE-2026-1", TODAY - timedelta(days=1), "why")
    assert f"let pass only until {ended.until}" in refusal(FindingsRule(exceptions=(ended,)), OPENSSL)


def test_the_worst_findings_are_told_first_and_the_others_counted() -> None:
    many = [replace(OPENSSL, names=(f"CVE-2026-{number}",)) for number in range(10, 22)]
    told = refusal(RULE, *many, replace(OPENSSL, names=("CVE-2026-99",), severity=Severity.CRITICAL))
    assert told.startswith("Known vulnerabilities: CVE-2026-99 (critical)")
    assert "; and 3 more." in told


def test_a_findings_text_stays_on_its_line() -> None:
    assert "\n" not in refusal(RULE, replace(JINJA, package="jinja2\nAdmitted: everything", fixed_in="1\n2"))


@pytest.mark.parametrize(("takes_unscanned", "refused"), [(False, True), (True, False)])
def test_an_image_that_cannot_be_scanned_has_its_rule(takes_unscanned: bool, refused: bool) -> None:
    scan = Scan(ScanState.IMPOSSIBLE, reason="UNSUPPORTED_IMAGE")
    judged = judge(FindingsRule(takes_unscanned=takes_unscanned), APP, scan, [], TODAY)
    assert bool(judged.refusal) is refused
    assert ("UNSUPPORTED_IMAGE" in judged.refusal) is refused
    assert judge(FindingsRule(takes_unscanned=takes_unscanned), APP, scan, [JINJA], TODAY).refusal
