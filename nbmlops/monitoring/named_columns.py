"""The columns that a monitor names, looked for when it is set up: a slip of the pen is not to wait for its looks."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NbmlopsError, nearest
from nbmlops.measures.drift.frames import Columns

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from nbmlops.monitoring.records import Monitor
    from nbmlops.monitoring.sides import Reference

ROLES = ("target", "time", "prediction", "truth", "probability")
ALIKE = 0.8
"""From here on a name is taken for a slip of another one, where it cannot be looked for: lat for late."""
SHOWN = 12


def check_named(monitor: Monitor, reference: Reference, tested: Any, current: Callable[[], Any]) -> None:
    """Raise where a monitor names columns that are nowhere, all of them at once; or a time that is none.

    They are looked for in the reference, then in the rows to test on and in the newest current data. Where there are
    none of these yet only the reference is known: current data may have a time, answers and a truth that it has not.
    Then what is much like a column of the reference is taken for a slip. The truth may come later than its rows.

    Parameters
    ----------
    monitor : Monitor
        What is named.
    reference : Reference
        Its rows, or its profile.
    tested : frame or None
        Rows with truth and answers.
    current : callable
        Returns the newest current data; is asked only where a column is not in the reference.

    Raises
    ------
    InvalidInput
        A column is not there, or the time is none.
    """
    known = _of_reference(reference)
    sides = [one for one in (reference.frame, tested) if one is not None]
    absent = {name: option for name, option in _named(monitor).items() if name not in known}
    is_seen = False
    if absent:
        there = _asked(current) if monitor.source else None
        is_seen = there is not None
        sides += [there] if is_seen else []
        known += [name for side in sides for name in Columns(side).names if name not in known]
        absent = {name: option for name, option in absent.items() if name not in known}
    is_of_rows = reference.profile is None or reference.profile.target is not None
    wrong = [
        (name, option)
        for name, option in absent.items()
        if (option == "target" and is_of_rows) or (is_seen and option != "truth") or _is_slip(name, known)
    ]
    if wrong:
        words = ", ".join(f"{name!r} (--{option})" for name, option in wrong)
        said = f"there is no column {words}." if len(wrong) == 1 else f"there are no columns {words}."
        raise InvalidInput(said, _hint([name for name, _ in wrong], known))
    for columns in map(Columns, sides):
        if monitor.time in columns.names:
            columns.seconds(str(monitor.time))


def _named(monitor: Monitor) -> dict[str, str]:
    """Return the columns that are named, each with the option that names it first."""
    named = [(getattr(monitor, option), option) for option in ROLES]
    named += [(name, option) for option in ("by", "ignore") for name in getattr(monitor, option)]
    found: dict[str, str] = {}
    for name, option in named:
        if name is not None:
            found.setdefault(name, option)
    return found


def _of_reference(reference: Reference) -> list[str]:
    if reference.profile is None:
        return list(Columns(reference.frame).names)
    target = reference.profile.target
    names = list(reference.profile.columns)
    return [*names, target] if target is not None and target not in names else names


def _asked(current: Callable[[], Any]) -> Any:
    """Return the newest current data; None where there are none yet, or none that can be read: a look says so."""
    try:
        return current()
    except NbmlopsError:
        return None


def _is_slip(name: str, known: Collection[str]) -> bool:
    """Tell whether a name is much like another one, or has its letters in another order.

    Examples
    --------
    >>> _is_slip("lat", ["late"]), _is_slip("sxe", ["sex"]), _is_slip("date", ["rate", "late"])
    (True, True, False)
    """
    return any(
        sorted(name) == sorted(other) or SequenceMatcher(None, name, other).ratio() >= ALIKE
        for other in nearest(name, known)
    )


def _hint(wrong: list[str], known: list[str]) -> str:
    close = [found[0] for found in (nearest(name, known, 1) for name in wrong) if found]
    question = f"Did you mean {' and '.join(map(repr, close))}?  " if close else ""
    return f"{question}There are: {', '.join(known[:SHOWN])}{', …' if len(known) > SHOWN else ''}"
