"""Plans and gate reports in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from slipway.domain.plan import PassedCheck, PlanDocument


@dataclass
class FakePlans:
    plans: dict[str, PlanDocument] = field(default_factory=dict)

    def save(self, question: str, plan: PlanDocument) -> None:
        self.plans[question] = plan

    def read(self, question: str) -> PlanDocument | None:
        return self.plans.get(question)


@dataclass
class FakeGateReports:
    """`checks` by service and commit."""

    checks: dict[tuple[str, str], tuple[PassedCheck, ...]] = field(default_factory=dict)

    def read(self, service: str, commit: str) -> Sequence[PassedCheck]:
        return self.checks.get((service, commit), ())
