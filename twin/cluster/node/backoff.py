"""How long a container waits before the next attempt. Used by `container`."""

CRASH_FIRST_SECONDS = 10.0
PULL_FIRST_SECONDS = 10.0
LONGEST_SECONDS = 300.0
FORGIVEN_AFTER_SECONDS = 600.0


class PullBackOff:
    """10 s, doubling to 5 min. https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff"""

    def __init__(self, first_seconds: float = PULL_FIRST_SECONDS) -> None:
        self._seconds = first_seconds

    def next_seconds(self) -> float:
        """Wait this long after one more failure."""
        seconds = self._seconds
        self._seconds = min(LONGEST_SECONDS, seconds * 2)
        return seconds


class CrashBackOff:
    """The first restart is immediate, then 10 s doubling to 5 min; ten minutes of running are a fresh start.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
    """

    def __init__(self, first_seconds: float = CRASH_FIRST_SECONDS) -> None:
        self._first_seconds = first_seconds
        self._seconds = 0.0

    def next_seconds(self, ran_seconds: float) -> float:
        """Wait this long after a run that lasted `ran_seconds`."""
        seconds = 0.0 if ran_seconds >= FORGIVEN_AFTER_SECONDS else self._seconds
        self._seconds = min(LONGEST_SECONDS, seconds * 2 or self._first_seconds)
        return seconds


def go_duration(seconds: float) -> str:
    """As Go prints it and kubelet's messages contain it: 10s, 1m20s, 5m0s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
