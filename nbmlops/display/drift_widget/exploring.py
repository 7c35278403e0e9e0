"""What the widget asks for while somebody looks: one column in one window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import NotFound
from nbmlops.measures.drift.comparing import Roles, drift_between
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.windows import windows_of

if TYPE_CHECKING:
    from nbmlops.measures.drift.records import ColumnDrift, Drift


class Explorer:
    """Two frames and what differs between them; looks closer where it is asked to.

    Parameters
    ----------
    found : Drift
        What differs.
    reference, current : frame
        The two sides.
    time, window : str, optional
        The column that says when a row was, and the windows of ``found``.
    """

    def __init__(self, found: Drift, reference: Any, current: Any, time: str | None, window: str | None) -> None:
        self.found = found
        self._reference, self._current = _as_pandas(reference), _as_pandas(current)
        self._time = time
        self._windows = dict(windows_of(Columns(current).seconds(time), window)) if time and window else {}

    def column(self, name: str, window: str | None = None) -> ColumnDrift:
        """Return a column, as a whole or in one window of the current data.

        Raises
        ------
        NotFound
            There is no such column, or no such window.

        Examples
        --------
        >>> import pandas as pd
        >>> before = pd.DataFrame({"delay": [at % 100 / 4 for at in range(1000)]})
        >>> explorer = Explorer(drift_between(before, before + 5), before, before + 5, None, None)
        >>> explorer.column("delay").reason
        'median 12.5 → 17.5'
        """
        found = next((one for one in self.found.columns if one.column == name), None)
        if found is None:
            raise NotFound(f"there is no column {name!r}.", "")
        if window is None:
            return found
        if window not in self._windows:
            raise NotFound(f"there is no window {window!r}.", "")
        kept = [name, *([self._time] if self._time and self._time != name else [])]
        part = self._current.iloc[self._windows[window]]
        asked = drift_between(_only(self._reference, kept), _only(part, kept), Roles(self._time))
        return next(one for one in asked.columns if one.column == name)


def _as_pandas(frame: Any) -> Any:
    if hasattr(frame, "iloc"):
        return frame
    import pandas as pd

    return pd.DataFrame(frame) if isinstance(frame, dict) else frame.to_pandas()


def _only(frame: Any, names: list[str]) -> Any:
    return frame.loc[:, [str(label) in names for label in frame.columns]]
