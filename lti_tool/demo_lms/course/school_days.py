"""The school days of the course: five a week, Monday to Friday, six weeks back from yesterday."""

from datetime import UTC, date, datetime, time, timedelta

LESSONS_SO_FAR = 30
_SATURDAY = 5


def school_days(now: datetime) -> tuple[date, ...]:
    """The last 30 school days before the day of `now` (in UTC); lesson n was on entry n - 1."""
    day = now.astimezone(UTC).date()
    days: list[date] = []
    while len(days) < LESSONS_SO_FAR:
        day -= timedelta(days=1)
        if day.weekday() < _SATURDAY:
            days.append(day)
    return tuple(reversed(days))


def moment(day: date, *, hour: int, minutes: float) -> datetime:
    """A time on the day in UTC, to the second."""
    start = datetime.combine(day, time(hour), tzinfo=UTC)
    return start + timedelta(seconds=round(minutes * 60))
