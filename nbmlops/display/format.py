"""How values are written: numbers, changes, durations, sizes, times, digests. Pure functions, no screen."""

from __future__ import annotations

import datetime
import json
import math
from typing import Any

NOTHING = "–"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BIG, _SMALL = 1e9, 1e-3


def number(value: float | None) -> str:
    """Return a number for reading: four significant digits, whole numbers whole, a dash where there is none.

    Examples
    --------
    >>> number(0.84273), number(336776), number(12345.6), number(4.2e-07), number(float("nan")), number(None)
    ('0.8427', '336,776', '12,346', '4.200e-7', 'nan', '–')
    """
    if value is None:
        return NOTHING
    size = abs(value)
    if not math.isfinite(size):
        return str(float(value)).replace("-", "−")
    if size >= _BIG or 0 < size < _SMALL:
        mantissa, _, power = f"{size:.3e}".partition("e")
        text = f"{mantissa}e{int(power)}"
    elif size == int(size) or size >= 1000:
        text = f"{size:,.0f}"
    else:
        text = f"{size:#.4g}".rstrip(".")
    return f"−{text}" if value < 0 and size else text


def change(difference: float, value: float) -> str:
    """Return a signed change with the decimals of the value beside it, fewer where it is large, two digits where tiny.

    Examples
    --------
    >>> change(0.01131, 0.8427), change(-0.5, 120.0), change(0.0000021, 0.8427), change(-0.363473, 0.005708)
    ('+0.0113', '−0.5', '+2.1e-06', '−0.3635')
    """
    if value % 1 == 0:
        text = number(abs(difference))
        text = text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
    else:
        text = f"{abs(difference):,.{min(_decimals(value), _decimals(difference))}f}"
    if not any(digit in text for digit in "123456789"):
        text = f"{abs(difference):.2g}"
    return f"{'−' if difference < 0 else '+'}{text}"


def _decimals(value: float) -> int:
    text = number(value)
    return 4 if "e" in text else len(text.partition(".")[2])


def figure(value: float | None) -> str:
    """Return a number as `number` does, without commas: it may be a year, or the key of something.

    Examples
    --------
    >>> figure(-3.206896551724138), figure(1956.0), figure(1048.36058), figure(0.0), figure(None)
    ('−3.207', '1956', '1048', '0', '–')
    """
    return number(value).replace(",", "")


def setting(value: Any) -> str:
    """Return the value of a param as one would write it in code; no thousands commas, a dash for none.

    Examples
    --------
    >>> setting(2013), setting(0.1), setting(1.0), setting(1 / 3), setting(None), setting(True), setting("gini")
    ('2013', '0.1', '1.0', '0.333333', '–', 'True', 'gini')
    """
    if value is None:
        return NOTHING
    if isinstance(value, float):
        text = f"{value:.6g}"
        return f"{text}.0" if text.lstrip("-").isdigit() else text
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def duration(seconds: float | None) -> str:
    """Return a time span in the unit that fits it.

    Examples
    --------
    >>> duration(0.0021), duration(1.84), duration(12.3), duration(200), duration(7500), duration(None)
    ('2 ms', '1.8 s', '12 s', '3 min 20 s', '2 h 5 min', '')
    """
    if seconds is None or not math.isfinite(seconds):
        return ""
    if seconds < 0.1:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(count: float | None) -> str:
    """Return a number of bytes in the unit that fits it.

    Examples
    --------
    >>> size(812), size(24_000), size(2_160_000_000), size(None)
    ('812 B', '24 kB', '2.2 GB', '–')
    """
    if count is None:
        return NOTHING
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    is_fine = units[0] in ("MB", "GB", "TB") and value < 9.95
    return f"{value:.1f} {units[0]}" if is_fine else f"{value:.0f} {units[0]}"


def when(iso: str, now: datetime.datetime | None = None) -> str:
    """Return a time in the words people use, in the reader's time zone.

    Examples
    --------
    >>> now = datetime.datetime(2026, 3, 12, 15, 0).astimezone()
    >>> def ago(**span):
    ...     return when((now - datetime.timedelta(**span)).isoformat(), now)
    >>> ago(seconds=20), ago(minutes=2), ago(hours=3), ago(hours=25), ago(days=60), ago(days=400)
    ('just now', '2 min ago', '3 h ago', 'yesterday 14:00', '11 Jan', '5 Feb 2025')
    """
    try:
        then = datetime.datetime.fromisoformat(iso)
    except (TypeError, ValueError):
        return str(iso)
    if then.tzinfo is None:
        then = then.replace(tzinfo=datetime.UTC)
    there = (now or datetime.datetime.now(datetime.UTC)).astimezone()
    then = then.astimezone(there.tzinfo if now else None)
    seconds = (there - then).total_seconds()
    days = (there.date() - then.date()).days
    if -60 < seconds < 60:
        return "just now"
    if 0 < seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if days == 0 and seconds > 0:
        return f"{int(seconds // 3600)} h ago"
    if days == 1:
        return f"yesterday {then:%H:%M}"
    date = f"{then.day} {_MONTHS[then.month - 1]}"
    return date if then.year == there.year else f"{date} {then.year}"


def digest(text: str | None) -> str:
    """Return a digest short: its kind and first digits.

    Examples
    --------
    >>> digest("b3:91ac07fe55d0"), digest("91ac07fe55d0aa"), digest(None)
    ('b3:91ac07', '91ac07fe', '–')
    """
    if not text:
        return NOTHING
    kind, colon, rest = text.partition(":")
    return f"{kind}:{rest[:6]}" if colon else text[:8]


def run_id(text: str) -> str:
    """Return the short form of a run's id: its last eight characters, which the registry can find it by.

    Examples
    --------
    >>> run_id("0198c3d2a1b27c3d8e4f5a6b7c8d9e0f")
    '7c8d9e0f'
    """
    return text[-8:]


def count(amount: int, noun: str) -> str:
    """Return an amount with its noun.

    Examples
    --------
    >>> count(1, "run"), count(1200, "run"), count(2, "child")
    ('1 run', '1,200 runs', '2 children')
    """
    if amount == 1:
        return f"1 {noun}"
    return f"{amount:,} {'children' if noun == 'child' else noun + 's'}"


def shape(rows: int | None, columns: int | None) -> str:
    """Return rows and columns of a data set.

    Examples
    --------
    >>> shape(336776, 19), shape(12, None), shape(None, None)
    ('336,776 × 19', '12', '')
    """
    return " × ".join(f"{side:,}" for side in (rows, columns) if side is not None)
