"""What the widget asks for while somebody looks: one column in one window, and the rows behind it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NotFound
from nbmlops.measures.drift.behind import rows_behind
from nbmlops.measures.drift.comparing import Roles, drift_between
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.windows import windows_of
from nbmlops.records import json_value
from nbmlops.validation.columns import pandas_of

if TYPE_CHECKING:
    from nbmlops.measures.drift.records import Drift

FEW_ROWS = 5


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
        self._reference, self._current = pandas_of(reference), pandas_of(current)
        self._time = time
        self._windows = dict(windows_of(Columns(current).seconds(time), window)) if time and window else {}

    def look(self, name: str, window: str | None = None) -> dict[str, Any]:
        """Return a column as JSON holds it, as a whole or in one window, with the first rows behind what was found.

        Raises
        ------
        NotFound
            There is no such column, or no such window.

        Examples
        --------
        >>> import pandas as pd
        >>> before = pd.DataFrame({"delay": [at % 100 / 4 for at in range(1000)]})
        >>> explorer = Explorer(drift_between(before, before + 5), before, before + 5, None, None)
        >>> seen = explorer.look("delay")
        >>> seen["column"]["reason"], seen["rows"]["said"]
        ('median 12.5 → 17.5', ['delay above 13.5: 65% of the rows, was 45% (650 rows)'])
        """
        if name not in {one.column for one in self.found.columns}:
            raise NotFound(f"there is no column {name!r}.", "")
        if window is not None and window not in self._windows:
            raise NotFound(f"there is no window {window!r}.", "")
        kept = [name, *([self._time] if self._time and self._time != name else [])]
        rows = self._current if window is None else self._current.iloc[self._windows[window]]
        before, now, roles = _only(self._reference, kept), _only(rows, kept), Roles(self._time)
        drift = self.found if window is None else drift_between(before, now, roles)
        column = next(one for one in drift.columns if one.column == name)
        behind = rows_behind(before, now, name, roles, limit=FEW_ROWS, drift=drift)
        said = [f"{one.reason} ({len(one.places):,} rows)" for one in behind.findings]
        first = rows.iloc[list(behind.places[:FEW_ROWS])]
        table = json.loads(first.to_json(orient="split", date_format="iso", default_handler=str))
        return {"column": json_value(asdict(column)), "rows": {"said": said, **table}}


def _only(frame: Any, names: list[str]) -> Any:
    return frame.loc[:, [str(label) in names for label in frame.columns]]
