"""The fenced right to change a service in an environment."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Lease:
    """`epoch` rises with every new owner; whoever shows an older one may change nothing. `owner` is a deployment, empty when free.

    `hold` says why only rollbacks may have it, until somebody resumes the environment; empty: everybody may.
    """

    owner: str = ""
    epoch: int = 0
    hold: str = ""

    def held_by(self, deployment: str, epoch: int) -> bool:
        return self.owner == deployment and self.epoch == epoch

    def granted_to(self, deployment: str) -> Self:
        return type(self)(owner=deployment, epoch=self.epoch + 1, hold=self.hold)
