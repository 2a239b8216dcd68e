"""When an environment takes no new releases. Windows are written in local time, so a day is 23 or 25 hours long where the clock is changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = 24 * 60
_HORIZON = timedelta(days=366)
"""How far ahead the end of a freeze is looked for: windows that follow each other without a gap may have none."""


@dataclass(frozen=True)
class Weekly:
    """Days of every week (0 is Monday), from `start` to `end` in minutes since midnight; an `end` that isn't after `start` is on the following day."""

    zone: tzinfo
    days: frozenset[int]
    start: int = 0
    end: int = _DAY

    def around(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The spans that begin on that day or beside it, in UTC."""
        for begins in (day + timedelta(days=shift) for shift in (-1, 0, 1)):
            if begins.weekday() in self.days:
                yield _first(begins, self.start, self.zone), _last(begins, self.end if self.end > self.start else self.end + _DAY, self.zone)


@dataclass(frozen=True)
class Dates:
    """From the beginning of `first` to the end of `last`."""

    zone: tzinfo
    first: date
    last: date

    def around(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        yield _first(self.first, 0, self.zone), _last(self.last, _DAY, self.zone)


Window = Weekly | Dates


@dataclass(frozen=True)
class Frozen:
    """`until` is in the zone of the window that ends last; None when no end is in sight."""

    until: datetime | None


def look(windows: Sequence[Window], now: datetime) -> Frozen | None:
    """None when nothing is frozen. Windows that overlap or follow each other without a gap count as one."""
    moment, zone = now, None
    while ends := [(end, window.zone) for window in windows for start, end in window.around(moment.astimezone(window.zone).date()) if start <= moment < end]:
        moment, zone = max(ends, key=lambda found: found[0])
        if moment - now > _HORIZON:
            return Frozen(None)
    return Frozen(moment.astimezone(zone)) if zone is not None else None


def _first(day: date, minutes: int, zone: tzinfo) -> datetime:
    return min(_moments(day, minutes, zone))


def _last(day: date, minutes: int, zone: tzinfo) -> datetime:
    return max(_moments(day, minutes, zone))


def _moments(day: date, minutes: int, zone: tzinfo) -> list[datetime]:
    """What a clock on the wall means, in UTC. Two moments when it shows that time twice, or never: then a window is rather longer than shorter.

    https://peps.python.org/pep-0495/
    """
    shown = datetime.combine(day + timedelta(days=minutes // _DAY), time(minutes % _DAY // 60, minutes % 60))
    return [shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
