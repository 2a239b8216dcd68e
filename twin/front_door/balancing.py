"""Which target the next request goes to: weights between target groups, round robin within one, and no target before it is registered.

Weights are kept exactly, by smooth weighted round robin (as nginx has it), where an ALB keeps them on average.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable

from twin.front_door.backends import Target, TargetGroup
from twin.front_door.routing import Forward


class Balancer:
    """`registration_delay_seconds` is how long a new target is left alone, as an ALB does until its first health checks have passed."""

    def __init__(self, registration_delay_seconds: float = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._delay = registration_delay_seconds
        self._clock = clock
        self._registered: dict[tuple[str, Target], float] | None = None
        self._credit: dict[tuple[str, ...], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._turns = 0
        self._last_turn: dict[tuple[str, Target], int] = {}

    def register(self, groups: Iterable[TargetGroup]) -> None:
        """The groups as they are now. Those of the first call were there before the front door opened: they are used at once."""
        now = -math.inf if self._registered is None else self._clock()
        known = self._registered or {}
        self._registered = {key: known.get(key, now) for key in ((group.name, target) for group in groups for target in group.targets)}
        self._last_turn = {key: turn for key, turn in self._last_turn.items() if key in self._registered}

    def choose(self, forward: Forward) -> Target | None:
        """None when the group whose turn it is has no usable target, and when no group has a weight."""
        group = self._choose_group(forward)
        usable = [] if group is None else [target for target in group.targets if self._is_usable(group, target)]
        if group is None or not usable:
            return None
        target = min(usable, key=lambda each: self._last_turn.get((group.name, each), 0))
        self._turns += 1
        self._last_turn[group.name, target] = self._turns
        return target

    def _choose_group(self, forward: Forward) -> TargetGroup | None:
        weights = [each.weight for each in forward.groups]
        if not any(weights):
            return None
        credit = self._credit[tuple(f"{each.group.name}={each.weight}" for each in forward.groups)]
        for index, weight in enumerate(weights):
            credit[index] += weight
        chosen = max(range(len(weights)), key=lambda index: credit[index])
        credit[chosen] -= sum(weights)
        return forward.groups[chosen].group

    def _is_usable(self, group: TargetGroup, target: Target) -> bool:
        assert self._registered is not None
        return self._clock() - self._registered[group.name, target] >= self._delay
