"""The windows of current data by time: hours, days, weeks, months, quarters, years."""

from __future__ import annotations

from typing import Any

from nbmlops.errors import InvalidInput, did_you_mean

CODES = {"hour": "h", "day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}


def windows_of(seconds: Any, window: str) -> list[tuple[str, Any]]:
    """Return the windows in order of time, each with its name and the places of its rows.

    Parameters
    ----------
    seconds : array of shape (rows,)
        Times in seconds since 1970; rows without one are in no window.
    window : str
        hour, day, week, month, quarter or year.

    Raises
    ------
    InvalidInput
        It is none of these words.

    Examples
    --------
    >>> import numpy as np
    >>> [(name, rows.tolist()) for name, rows in windows_of(np.array([0.0, 86400.0 * 40, 86400.0]), "month")]
    [('1970-01', [0, 2]), ('1970-02', [1])]
    """
    import numpy as np
    import pandas as pd

    check_window(window)
    known = np.flatnonzero(np.isfinite(seconds))
    periods = pd.to_datetime(seconds[known], unit="s").to_period(CODES[window])
    codes, names = pd.factorize(periods, sort=True)
    words = [_name(one, window) for one in names]
    return [(word, known[codes == at]) for at, word in enumerate(words)]


def check_window(window: str) -> None:
    """Raise where a word is no window."""
    if window not in CODES:
        raise InvalidInput(f"{window!r} is no window.", did_you_mean(window, list(CODES), ", ".join(CODES)))


def _name(period: Any, window: str) -> str:
    if window == "week":
        return str(period.start_time.date())
    return period.strftime("%Y-%m-%d %H:00") if window == "hour" else str(period)
