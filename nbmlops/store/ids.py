"""Ids and times: what every record has, made here and nowhere else."""

from __future__ import annotations

import datetime
import os
import time


def new_id() -> str:
    """Return a UUIDv7 as 32 hex digits: unique everywhere, and sortable by the time it was made (RFC 9562).

    Examples
    --------
    >>> first, second = new_id(), new_id()
    >>> len(first), first[12]
    (32, '7')
    """
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    # rand_a carries the fraction of the millisecond (RFC 9562, method 3), so that ids of one process stay in order
    fraction = (rest << 12) // 1_000_000
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    value = (milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | random
    return f"{value:032x}"


def now() -> str:
    """Return the time as ISO 8601 in UTC with microseconds, which sorts as text.

    Examples
    --------
    >>> now().endswith("+00:00")
    True
    """
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")
