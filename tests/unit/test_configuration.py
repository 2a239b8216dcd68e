"""`slipway.yaml`: valid as a whole, or refused with every fault, its line and what is allowed."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from slipway.adapters.configuration import parse
from slipway.domain.admission import Dependencies, FindingException, FindingsRule, Severity
from slipway.domain.environment import ApprovalRule, Person
from slipway.domain.freeze import Dates, Weekly
from slipway.errors import InvalidInput
from tests.fakes.control_plane import CONFIGURATION


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as raised:
        parse(text, "slipway.yaml")
    return str(raised.value).splitlines()


def test_the_projects_own_file_is_valid() -> None:
    configuration = parse(Path("slipway.yaml").read_text(), "slipway.yaml")
    assert configuration.services["sample-app"].environments_for("refs/heads/main")[0] == "dev"


def test_findings_have_a_rule_without_any_being_written() -> None:
    assert parse(CONFIGURATION, "slipway.yaml").findings == FindingsRule()


FINDINGS = """
findings:
  refuse: [critical]
  dependencies: all
  unscanned: admit
  exceptions:
    - {id: CVE-2026-1234, until: 2026-12-31, reason: we don't parse XML, services: [sample-app]}
"""


def test_a_findings_rule_is_read() -> None:
    exception = FindingException("CVE-2026-1234", date(2026, 12, 31), "we don't parse XML", ("sample-app",))
    expected = FindingsRule(frozenset({Severity.CRITICAL}), Dependencies.ALL, True, (exception,))
    assert parse(CONFIGURATION + FINDINGS, "slipway.yaml").findings == expected


@pytest.mark.parametrize(
    ("written", "broken", "told"),
    [
        ("[critical]", "[severe]", "findings.refuse.0: Input should be 'critical', 'high', 'medium', 'low', 'informational' or 'undefined'"),
        ("dependencies: all", "dependencies: some", "findings.dependencies: Input should be 'all', 'fixable' or 'none'"),
        ("unscanned: admit", "unscanned: false", "findings.unscanned: Input should be 'refuse' or 'admit'"),
        ("until: 2026-12-31, ", "", "findings.exceptions.0.until: Field required"),
        ("until: 2026-12-31", "until: tomorrow", "findings.exceptions.0.until: Input should be a valid date"),
        ("reason: we don't parse XML, ", "", "findings.exceptions.0.reason: Field required"),
        ("reason: we don't parse XML", "reason: ' '", "findings.exceptions.0.reason: String should have at least 1 character"),
        ("id: CVE-2026-1234", 'id: "*"', "findings.exceptions.0.id: String should match pattern"),
        ("[sample-app]}", "[shop]}", "findings.exceptions.0.services.0: there is no such service. Allowed: sample-app"),
        ("until: 2026", "untill: 2026", "there is no such field; did you mean until?"),
    ],
)
def test_a_wrong_findings_rule_is_told(written: str, broken: str, told: str) -> None:
    assert written in FINDINGS
    assert any(told in line for line in faults(CONFIGURATION + FINDINGS.replace(written, broken))), faults(CONFIGURATION + FINDINGS.replace(written, broken))


def test_every_fault_is_told_at_once_with_its_line_and_what_is_allowed() -> None:
    broken = (
        CONFIGURATION.replace("    chart: helm/sample-app\n", "    chrt: helm/sample-app\n")
        .replace("stage: {on: {branches: [main, stage]}}", "staging: {on: {branches: [main]}}")
        .replace("namespace: sample-dev", "namespace: Sample_Dev")
        .replace("release.commit", "release.comit")
    )
    found = faults(broken)
    assert "slipway.yaml:7: services.sample-app.chart: Field required" in found
    assert any(line.startswith("slipway.yaml:9: services.sample-app.chrt: there is no such field; did you mean chart?") for line in found), found
    assert "slipway.yaml:12: services.sample-app.environments.staging: no such environment is defined. Allowed: dev, prod, stage" in found
    assert any(line.startswith("slipway.yaml:20: environments.dev.namespace: ") for line in found), found
    assert any("there is no release.comit. Allowed: version, commit, digest" in line for line in found), found
    assert any("services.sample-app.environments.prod.requires.ran_in: no environment of that name stands before prod" in line for line in found), found
    assert len(found) == 6


@pytest.mark.parametrize(
    ("written", "broken", "told"),
    [
        ("[ada, grace]", "[ada, hopper]", "approval.approvers.1: there is no such person. Allowed: ada, grace, linus"),
        ("[ada, grace]", "[ada, ada]", "approval.approvers.1: stands here twice"),
        ("[ada, grace]", "[]", "approval.approvers: List should have at least 1 item"),
        ("required: 1", "required: 3", "approval.required: more than there are approvers (2)"),
        ("expires: 24h", "expires: 1y", "a duration is a whole number and a unit"),
        ("expires: 24h", "expires: 5s", "at least 60s and at most 7d"),
        ("expires: 24h", "expire: 24h", "did you mean expires?"),
        ("ran_in: stage", "ran_in: prod", "no environment of that name stands before prod. Allowed: dev, stage"),
        ("ada@example.com", "ada", "people.ada.email: "),
        ("[ada, grace]", "[ada, linus]", "approval.approvers.1: has no github login under people"),
        ("arn:aws:iam::*:user/grace", "*/grace", "people.grace.aws: String should match pattern"),
        ("arn:aws:iam::*:user/grace", "arn:aws:sts::*:assumed-role/*/grace", "people.grace.aws: String should match pattern"),
        ('aws: "arn:aws:iam::*:user/grace"', "aws_arn: x", "there is no such field; did you mean aws? Allowed: email, github, aws"),
        ("github: grace", "github: ADA", "people.grace.github: is ada's, too; one person stands here under one name"),
        ("linus@example.com", "Grace@example.com", "people.linus.email: is grace's, too"),
        ("*:user/grace", "123456789012:user/ada", "people.grace.aws: is ada's, too"),
    ],
)
def test_who_decides_and_what_is_required_has_to_be_there(written: str, broken: str, told: str) -> None:
    found = faults(CONFIGURATION.replace(written, broken))
    assert len(found) == 1 and told in found[0], found


def test_people_are_found_by_what_they_sign_with() -> None:
    configuration = parse(CONFIGURATION, "slipway.yaml")
    found = configuration.person_of("arn:aws:iam::123456789012:user/grace")
    assert found is not None and found.name == "grace"
    assert configuration.person_of("arn:aws:iam::123456789012:user/somebody") is None


@pytest.mark.parametrize("path", ["/", "/items?limit=1&after=..", "/a%20b", "/.well-known/x", "/a..b?c?d"])
def test_a_smoke_check_asks_a_path_with_or_without_a_query(path: str) -> None:
    assert parse(CONFIGURATION.replace("get: /,", f"get: '{path}',"), "slipway.yaml").services["sample-app"].smoke[0].path == path


@pytest.mark.parametrize("path", ["", "items", "/../secrets", "/a/..", "/a/%2E%2e/b", "/./a", "/..?a", "/a b", "/a#b", "/ä", "/a\\tb"])
def test_a_smoke_check_cannot_leave_the_pod(path: str) -> None:
    (line,) = faults(CONFIGURATION.replace("get: /,", f'get: "{path}",'))
    assert "smoke.0.get: a path from the service's root, such as /items?limit=1" in line


@pytest.mark.parametrize(
    ("known", "principal", "is_theirs"),
    [
        ("arn:aws:iam::*:user/ada", "arn:aws:iam::123456789012:user/ada", True),
        ("arn:aws:iam::123456789012:user/team/ada", "arn:aws:iam::123456789012:user/team/ada", True),
        ("arn:aws:iam::12*:user/ada", "arn:aws:iam::123456789012:user/ada", True),
        ("arn:aws:iam::12*:user/ada", "arn:aws:iam::213456789012:user/ada", False),
        ("arn:aws:iam::*:user/ada", "arn:aws:iam::123456789012:user/team-x/:user/ada", False),
        ("arn:aws:iam::*:user/ada", "arn:aws:iam::123456789012:user/ADA", False),
        ("arn:aws:iam::*:user/ada", "arn:aws-cn:iam::123456789012:user/ada", False),
        ("arn:aws:iam::*:user/ada", "arn:aws:iam::12345678901x:user/ada", False),
        ("arn:aws:sts::*:assumed-role/Ada/*", "arn:aws:sts::123456789012:assumed-role/Ada/laptop", True),
        ("arn:aws:sts::*:assumed-role/Ada/ada@*", "arn:aws:sts::123456789012:assumed-role/Ada/grace@example.com", False),
        ("arn:aws:sts::*:assumed-role/Ada/*", "arn:aws:sts::123456789012:assumed-role/Other/Ada/laptop", False),
        ("arn:aws:sts::*:assumed-role/Ada/*", "arn:aws:sts::123456789012:assumed-role/Other:assumed-role/Ada/laptop", False),
        ("", "", False),
    ],
)
def test_only_the_account_and_the_session_of_a_named_role_may_be_left_open(known: str, principal: str, is_theirs: bool) -> None:
    assert Person("ada", "ada@example.com", aws=known).signs_as(principal) is is_theirs


@pytest.mark.parametrize("chart", ["../outside", "/absolute", "a/../../b", ""])
def test_a_path_out_of_the_checkout_is_refused(chart: str) -> None:
    assert any("services.sample-app.chart" in line for line in faults(CONFIGURATION.replace("helm/sample-app", chart or "''")))


@pytest.mark.parametrize("text", ["services: [", "", "just text", "services: {}"])
def test_what_is_no_configuration_at_all_is_told_too(text: str) -> None:
    assert faults(text)[0].startswith("slipway.yaml:1: ")


FREEZE = """        freeze:
          - {days: [Sat, Sun], zone: Europe/Berlin}
          - {days: [Fri], hours: "16:00-24:00", zone: Europe/Berlin}
          - {from: 2026-12-20, until: "2027-01-02", zone: UTC}
        freeze_override: {approvers: [grace], required: 1}
"""
RULES = CONFIGURATION.replace("requires: {ran_in: stage}", "requires: {ran_in: stage, for: 10m}").replace("    smoke:\n", FREEZE + "    smoke:\n", 1)
FILTERED = RULES.replace("    chart: helm/sample-app\n", '    chart: helm/sample-app\n    paths: ["service/**", "helm/sample-app/**"]\n')


def test_policies_are_read_as_they_are_meant() -> None:
    prod = parse(FILTERED, "slipway.yaml").services["sample-app"].targets["prod"]
    assert prod.ran_for == timedelta(minutes=10)
    berlin, utc = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
    assert prod.freeze == (
        Weekly(berlin, frozenset({5, 6}), 0, 1440),
        Weekly(berlin, frozenset({4}), 960, 1440),
        Dates(utc, date(2026, 12, 20), date(2027, 1, 2)),
    )
    assert prod.freeze_override == ApprovalRule(("grace",))
    assert parse(FILTERED, "slipway.yaml").services["sample-app"].paths == ("service/**", "helm/sample-app/**")


PROD = "services.sample-app.environments.prod."


@pytest.mark.parametrize(
    ("written", "broken", "told"),
    [
        ("for: 10m", "for: 60d", f"{PROD}requires.for: at least 1s and at most 30d"),
        ("for: 10m", "fro: 10m", f"{PROD}requires.fro: there is no such field; did you mean for? Allowed: ran_in, for"),
        ("[Sat, Sun]", "[Sat, Sunday]", f"{PROD}freeze.0.days.1: Input should be 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat' or 'Sun'"),
        (
            "Sun], zone: Europe/Berlin",
            "Sun], zone: Europe/Berln",
            "freeze.0.zone: there is no time zone of that name; did you mean Europe/Berlin?",
        ),
        ("Sun], zone: Europe/Berlin", "Sun], zone: Europe", "freeze.0.zone: there is no time zone of that name"),
        ("Sun], zone: Europe/Berlin", "Sun], zone: ../etc/passwd", "freeze.0.zone: there is no time zone of that name"),
        ("Sun], zone: Europe/Berlin", "Sun]", "freeze.0.zone: Field required"),
        ("16:00-24:00", "4pm-24:00", "freeze.1.hours: String should match pattern"),
        ("16:00-24:00", "16:00-16:00", "freeze.1: hours begin and end at the same time"),
        ("[Fri], hours", "[Fri], from: 2026-12-01, hours", "freeze.1: either days, with hours if you like, or from and until"),
        ("2026-12-20, ", "2026-12-20, hours: '01:00-02:00', ", "freeze.2: hours go with days"),
        ("from: 2026-12-20, ", "", "freeze.2: from and until belong together"),
        ("from: 2026-12-20, ", "from: 2026-12-20T18:00:00, ", "freeze.2.from: "),
        ("2026-12-20", "2027-12-20", "freeze.2: until is before from"),
        ("freeze_override: {approvers: [grace], required: 1}", "freeze_override: {approvers: [linus]}", "freeze_override.approvers.0: has no github login"),
        ("freeze_override: {approvers: [grace]", "freeze_override: {approvers: [hopper]", "freeze_override.approvers.0: there is no such person"),
        (
            "[grace], required: 1}",
            "[grace], required: 1, self_approval: true}",
            "freeze_override.self_approval: approval doesn't let people decide about their own",
        ),
        ("required: 1, expires", "required: 2, expires", "freeze_override.required: fewer than approval wants at any other time: at least 2"),
        ("expires: 24h}", "expires: 24h, sign_in: true}", "freeze_override: approval wants people to sign in"),
        ('"service/**"', '"/service/**"', "paths.0: a path from the top of the repository"),
        ('"service/**"', '"!service/**"', "paths.0: a path from the top of the repository"),
        ('"service/**"', '"service/"', "paths.0: a folder matches nothing; its files are service/**"),
        ('["service/**", "helm/sample-app/**"]', "[]", "paths: List should have at least 1 item"),
        (', "helm/sample-app/**"]', "]", "paths: nothing of the chart is among them, so that a change there would never be released: add helm/sample-app/**"),
    ],
)
def test_a_wrong_policy_is_told_with_what_is_allowed(written: str, broken: str, told: str) -> None:
    assert written in FILTERED
    found = faults(FILTERED.replace(written, broken))
    assert len(found) == 1 and told in found[0], found


def test_a_wrong_policy_is_told_with_its_line() -> None:
    text = FILTERED.replace("[Fri]", "[Friday]")
    line = next(number for number, written in enumerate(text.splitlines(), start=1) if "Friday" in written)
    assert faults(text)[0].startswith(f"slipway.yaml:{line}: ")


def test_an_override_without_a_freeze_is_a_mistake() -> None:
    start, end = RULES.index("        freeze:"), RULES.index("        freeze_override")
    assert faults(RULES[:start] + RULES[end:]) == [
        f"slipway.yaml:17: {PROD}freeze_override: there is no freeze that it would override",
    ]


def test_where_nobody_has_to_approve_an_override_still_needs_somebody_else() -> None:
    approval = "        approval: {approvers: [ada, grace], required: 1, expires: 24h}\n"
    without = RULES.replace(approval, "")
    assert without != RULES and parse(without, "slipway.yaml")
    [found] = faults(without.replace("[grace], required: 1}", "[grace], required: 1, self_approval: true}"))
    assert f"{PROD}freeze_override.self_approval: whoever asks to pass the freeze could let themselves pass" in found


def test_who_has_to_sign_in_needs_a_github_login() -> None:
    rule = "[ada, linus], required: 1, expires: 24h, self_approval: true"
    lenient = CONFIGURATION.replace("[ada, grace], required: 1, expires: 24h", rule)
    assert parse(lenient, "slipway.yaml").people["linus"].github == ""
    [found] = faults(lenient.replace(rule, f"{rule}, sign_in: true"))
    assert "approval.approvers.1: has no github login under people, so they couldn't sign in" in found
