"""Who sent a request. Made by `authentication`, read by `rbac` and `admission`."""

from dataclasses import dataclass

MASTERS = "system:masters"
"""Whoever is in this group may do anything, whatever the roles say."""
AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True)
class User:
    name: str
    groups: frozenset[str]

    @property
    def is_master(self) -> bool:
        return MASTERS in self.groups
