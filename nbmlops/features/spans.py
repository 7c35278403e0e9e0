"""Spans of time as people write them, such as ``2h``, ``1h30m`` or ``7d``; inside they are whole microseconds."""

from __future__ import annotations

import datetime
import re

from nbmlops.errors import InvalidInput

_UNITS = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
_WRITTEN = ("w", "d", "h", "m", "s", "ms", "us")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|min|s|m|h|d|w)")


def microseconds(span: str | float | datetime.timedelta) -> int:
    """Return a span in microseconds; a number alone means seconds.

    Raises
    ------
    InvalidInput
        It is no span, or not longer than nothing.

    Examples
    --------
    >>> microseconds("2h"), microseconds("1h30m"), microseconds(0.5)
    (7200000000, 5400000000, 500000)
    """
    if isinstance(span, datetime.timedelta):
        found = span // datetime.timedelta(microseconds=1)
    elif isinstance(span, int | float) and not isinstance(span, bool):
        found = round(span * 1_000_000) if span == span and abs(span) < 1e12 else 0  # noqa: PLR0124 - not NaN
    else:
        text = str(span).strip().lower()
        parts = _PART.findall(text)
        if _PART.sub("", text).strip() or not parts:
            raise InvalidInput(f"{span!r} is no span of time.", "Write 90s, 30m, 2h, 1h30m, 7d or 4w.")
        found = round(sum(float(number) * _UNITS[unit] for number, unit in parts))
    if found <= 0:
        raise InvalidInput(f"a span must be longer than nothing, not {span!r}.", "Write 90s, 30m, 2h, 7d or 4w.")
    return found


def written(span: str | float | datetime.timedelta) -> str:
    """Return a span in its one way of writing, so that equal spans are equal texts.

    Examples
    --------
    >>> written("120m"), written("90m"), written("24h"), written("8d")
    ('2h', '1h30m', '24h', '8d')
    """
    rest = microseconds(span)
    if rest % _UNITS["h"] == 0 and rest <= 2 * _UNITS["d"]:
        return f"{rest // _UNITS['h']}h"  # a day is 24h in everybody's window names
    text = ""
    for unit in _WRITTEN[1:] if rest % _UNITS["w"] else _WRITTEN:
        count, rest = divmod(rest, _UNITS[unit])
        text += f"{count}{unit}" if count else ""
    return text
