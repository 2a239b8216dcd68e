"""Schedule expressions: `rate(5 minutes)` and `cron(0 8 ? * MON-FRI *)`, in UTC.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html. Left out of cron: L, W and #.
"""

import re
from datetime import UTC, datetime, timedelta

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_MONTHS = {name: number for number, name in enumerate(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], start=1)}
_DAYS = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], start=1)}
_HORIZON = timedelta(days=366)


def next_time(expression: str, after: datetime) -> datetime:
    """The first moment after `after` at which a schedule fires. ValueError for an expression that isn't understood or never fires within a year."""
    if rate := _RATE.fullmatch(expression):
        return after + timedelta(**{f"{rate.group(2)}s": int(rate.group(1))})
    if not (cron := _CRON.fullmatch(expression)):
        raise ValueError(f"not a schedule: {expression}")
    minutes, hours, days, months, weekdays, years = cron.groups()
    moment = after.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    while moment < after + _HORIZON:
        if not (
            _allows(months, moment.month, 1, _MONTHS)
            and _allows(days, moment.day, 1)
            and _allows(weekdays, moment.isoweekday() % 7 + 1, 1, _DAYS)
            and _allows(years, moment.year, 1970)
        ):
            moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
        elif not _allows(hours, moment.hour, 0):
            moment = moment.replace(minute=0) + timedelta(hours=1)
        elif not _allows(minutes, moment.minute, 0):
            moment += timedelta(minutes=1)
        else:
            return moment
    raise ValueError(f"{expression} doesn't fire within a year")


def _allows(field: str, value: int, lowest: int, names: dict[str, int] | None = None) -> bool:
    return any(_part_allows(part, value, lowest, names or {}) for part in field.split(","))


def _part_allows(part: str, value: int, lowest: int, names: dict[str, int]) -> bool:
    span, _, step = part.partition("/")
    first, _, last = span.partition("-")
    if span in ("*", "?"):
        start, end = lowest, None
    else:
        start = names.get(first) or int(first)
        end = (names.get(last) or int(last)) if last else (None if step else start)
    return value >= start and (end is None or value <= end) and (value - start) % int(step or 1) == 0
