"""Plans in memory."""

from dataclasses import dataclass, field

from slipway.domain.plan import PlanDocument


@dataclass
class FakePlans:
    plans: dict[str, PlanDocument] = field(default_factory=dict)

    def save(self, deployment: str, plan: PlanDocument) -> None:
        self.plans[deployment] = plan

    def read(self, deployment: str) -> PlanDocument | None:
        return self.plans.get(deployment)
