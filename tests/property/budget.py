"""How much the property tests try. SLIPWAY_EXAMPLES=5000 tries that many new ones; otherwise everybody tries the same few."""

import os

from hypothesis import HealthCheck, Phase, Verbosity, settings

MORE = int(os.environ.get("SLIPWAY_EXAMPLES", "0"))


def budget(examples: int, steps: int = 50) -> settings:
    """So many examples of at most so many steps, each of which may take as long as it likes."""
    return settings(
        max_examples=MORE or examples,
        stateful_step_count=steps,
        derandomize=not MORE,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if os.environ.get("SLIPWAY_SHRINK") else [Phase.generate],
        verbosity=Verbosity.normal,
    )
