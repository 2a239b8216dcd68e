"""What must hold before a built release may be deployed anywhere: what is known against its image and packages, and what is let pass, until when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from slipway.domain.plain_text import one_line

MOST_TOLD = 10
"""Findings that a refusal names; the others are counted."""


class Severity(StrEnum):
    """The registry's words: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html"""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFORMATIONAL = "informational"
    UNDEFINED = "undefined"


@dataclass(frozen=True)
class Finding:
    """A known vulnerability of a package in the release. `names` are its identifiers, the usual one first; `fixed_in` versions, empty when there's no fix.

    `severity` is None for an advisory about a package of the service's lock: such have none, and are judged by whether there's a fix.
    """

    names: tuple[str, ...]
    package: str
    severity: Severity | None
    fixed_in: str = ""


class ScanState(StrEnum):
    UNFINISHED = "unfinished"
    FINISHED = "finished"
    IMPOSSIBLE = "impossible"
    """The registry can't tell what is in the image, and won't later."""


@dataclass(frozen=True)
class Scan:
    """What the registry says of an image. `reason` is why it couldn't be scanned."""

    state: ScanState
    findings: tuple[Finding, ...] = ()
    reason: str = ""


class Dependencies(StrEnum):
    """Which advisories about the lock's packages keep a release out."""

    ALL = "all"
    FIXABLE = "fixable"
    NONE = "none"


@dataclass(frozen=True)
class FindingException:
    """A finding that is let pass, up to and with that day in UTC. `services` are those it holds for; empty: all."""

    finding: str
    until: date
    reason: str
    services: tuple[str, ...] = ()

    def is_about(self, finding: Finding, service: str) -> bool:
        return self.finding.upper() in (name.upper() for name in finding.names) and (not self.services or service in self.services)


@dataclass(frozen=True)
class FindingsRule:
    """`refuse` are severities of the registry's findings; `takes_unscanned` says whether an image that can't be scanned may go on."""

    refuse: frozenset[Severity] = frozenset({Severity.CRITICAL, Severity.HIGH})
    dependencies: Dependencies = Dependencies.FIXABLE
    takes_unscanned: bool = False
    exceptions: tuple[FindingException, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """`refusal` is for people, empty when the release may go on; `passed_over` is what exceptions have let pass, each as `CVE-2026-1 in package`."""

    refusal: str
    passed_over: tuple[str, ...] = ()


def judge(rule: FindingsRule, service: str, scan: Scan, advisories: Sequence[Finding], today: date) -> Judgement:
    """What the platform's rule says of a finished or impossible scan and of the advisories against the lock. `today` is in UTC."""
    if scan.state is ScanState.IMPOSSIBLE and not rule.takes_unscanned:
        return Judgement(
            f"The registry couldn't scan the image ({one_line(scan.reason)[:200]}), and slipway.yaml takes no image that wasn't scanned (findings.unscanned)."
        )
    refused: list[str] = []
    passed_over: list[str] = []
    for finding in _weighed(rule, (*scan.findings, *advisories)):
        about = [exception for exception in rule.exceptions if exception.is_about(finding, service)]
        if any(today <= exception.until for exception in about):
            passed_over.append(f"{finding.names[0]} in {finding.package}")
        else:
            ended = max((exception.until for exception in about), default=None)
            refused.append(_told(finding) + (f", let pass only until {ended}" if ended else ""))
    if not refused:
        return Judgement("", tuple(passed_over))
    more = f"; and {len(refused) - MOST_TOLD} more" if len(refused) > MOST_TOLD else ""
    return Judgement(
        f"Known vulnerabilities: {'; '.join(refused[:MOST_TOLD])}{more}. Push a commit without them; what can't be mended now can be let pass for a "
        f"time under findings.exceptions in slipway.yaml.",
        tuple(passed_over),
    )


def _weighed(rule: FindingsRule, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Those that the rule is about, the worst first."""
    worst_first = {severity: place for place, severity in enumerate(Severity)}
    for finding in sorted(findings, key=lambda found: (worst_first[found.severity] if found.severity else -1, found.names)):
        if finding.severity is not None:
            counts = finding.severity in rule.refuse
        else:
            counts = rule.dependencies is Dependencies.ALL or (rule.dependencies is Dependencies.FIXABLE and bool(finding.fixed_in))
        if counts:
            yield finding


def _told(finding: Finding) -> str:
    severity = f" ({finding.severity})" if finding.severity else ""
    fix = f", fixed in {one_line(finding.fixed_in)[:60]}" if finding.fixed_in else ", no fix is known"
    return f"{one_line(finding.names[0])[:60]}{severity} in {one_line(finding.package)[:80]}{fix}"
