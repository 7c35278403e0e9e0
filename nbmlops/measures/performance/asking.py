"""Performance of the columns of one frame: measured where the truth is there, estimated where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.asked import Asked, label_meant
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.windows import windows_of
from nbmlops.measures.performance.estimating import estimate_performance
from nbmlops.measures.performance.measuring import performance_of
from nbmlops.measures.performance.worst import worst_slices
from nbmlops.measures.vectors import coded
from nbmlops.validation.columns import columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.performance.estimating import Estimate
    from nbmlops.measures.performance.records import Performance
    from nbmlops.measures.performance.worst import WorstSlices


@dataclass(frozen=True)
class PerformanceReport:
    """How a model does: ``measured`` where there is a truth, ``worst`` slices, ``estimate`` without any truth.

    What was not asked for, or cannot be told, is None.
    """

    measured: Performance | None
    worst: WorstSlices | None
    estimate: Estimate | None

    def __str__(self) -> str:
        return "\n".join(str(one) for one in (self.measured, self.worst, self.estimate) if one is not None)

    def __repr__(self) -> str:
        first, *more = str(self).splitlines() or [""]
        return f"<performance: {first}{f', and {len(more)} more lines' if more else ''}>"

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        parts = {"measured": self.measured, "worst": self.worst, "estimate": self.estimate}
        return {name: None if one is None else one.to_json() for name, one in parts.items()}


def performance_in(
    frame: Any,
    *,
    truth: Any,
    prediction: Any = None,
    probability: Any = None,
    time: Any = None,
    window: str | None = None,
    by: Any = (),
    slices: bool = False,
    reference: Any = None,
    metrics: Sequence[str] | None = None,
    positive: Any = None,
    threshold: float = 0.5,
    confidence: float = 0.95,
    min_rows: int = 30,
    seed: int = 0,
) -> PerformanceReport:
    """Return how a model does, of columns that are named; see `nbmlops.performance`.

    Raises
    ------
    InvalidInput
        Something is not there or cannot be used.

    Examples
    --------
    >>> frame = {"late": [1, 0, 1, 0], "said": [1, 0, 0, 0], "day": ["2013-01-01"] * 2 + ["2013-02-01"] * 2}
    >>> found = performance_in(frame, truth="late", prediction="said", time="day", window="month", metrics=["accuracy"])
    >>> [(part.values["window"], part.scores["accuracy"].value) for part in found.measured.windows]
    [('2013-01', 1.0), ('2013-02', 0.5)]
    """
    asked = Asked.of(frame)
    moments = _windows(asked, time, window)
    others = {"prediction": prediction, "probability": probability}
    shared: dict[str, Any] = {
        "metrics": metrics,
        "threshold": threshold,
        "confidence": confidence,
        "min_rows": min_rows,
    }
    estimate = None
    if reference is not None:
        estimate = _estimate(asked, reference, truth, others, moments, positive, {**shared, "seed": seed})
    if reference is not None and not _has_truth(asked, truth):
        if slices or _is_asked(by):
            raise InvalidInput("slices are judged by the truth, which is not there.", "Leave out --slices and --by.")
        return PerformanceReport(None, None, estimate)
    true = asked.one(truth)
    if true is None:
        raise InvalidInput("there is no truth to judge by.", "Name the column: truth=…; without any: reference=…")
    counts = label_meant(positive, true)
    said, chance = (asked.one(one) for one in others.values())
    measured = performance_of(
        true,
        said,
        chance,
        windows=None if moments is None else moments.names,
        slices=asked.several(by) if _is_asked(by) else None,
        positive=counts,
        seed=seed,
        **shared,
    )
    worst = None
    if slices:
        left = {name for name in (truth, prediction, probability, time) if isinstance(name, str)}
        columns = _searched(asked, left)
        worst = worst_slices(true, said, columns, probability=chance, positive=counts, confidence=confidence, seed=seed)
    return PerformanceReport(measured, worst, estimate)


@dataclass(frozen=True)
class _Windows:
    """The window of each row, and the column of times where it has a name."""

    names: list[str | None]
    column: str | None


def _windows(asked: Asked, time: Any, window: str | None) -> _Windows | None:
    if window is None and time is None:
        return None
    if time is None:
        raise InvalidInput("windows need to know when a row was.", "Name the column: --time COLUMN, in Python time=…")
    if window is None:
        raise InvalidInput("how long a window is, is not said.", "window='month', or --window month")
    called = time if isinstance(time, str) else "time"
    seconds = Columns({called: asked.one(time)}).seconds(called)
    names: list[str | None] = [None] * len(seconds)
    for name, rows in windows_of(seconds, window):
        for at in rows.tolist():
            names[at] = name
    return _Windows(names, time if isinstance(time, str) else None)


def _has_truth(asked: Asked, truth: Any) -> bool:
    if isinstance(truth, str):
        return truth in asked.columns and bool(coded(asked.columns[truth], truth).present)
    return truth is not None and bool(coded(truth, "truth").present)


def _is_asked(by: Any) -> bool:
    return by is not None and not (isinstance(by, list | tuple | str) and not by)


def _searched(asked: Asked, left: set[str]) -> dict[str, Any]:
    """Return the columns to look for slices by: those that are not judged themselves, and hold values of one type."""
    known = columns_of(dict(asked.columns))
    found = {name: values for name, values in asked.columns.items() if name not in left and known[name] is not None}
    if not found:
        raise InvalidInput("there is no column to look for slices by.", "Give a frame that has features too.")
    return found


def _estimate(
    asked: Asked,
    reference: Any,
    truth: Any,
    others: dict[str, Any],
    moments: _Windows | None,
    positive: Any,
    shared: dict[str, Any],
) -> Estimate:
    for name, given in {"truth": truth, **others}.items():
        if not isinstance(given, str) and (given is not None or name == "truth"):
            raise InvalidInput(
                f"of a reference and a frame {name} is a column that is named.", f"Put it into both frames: {name}=…"
            )
    known = Asked.of(reference)
    true = coded(known.one(truth), truth)
    if others["probability"] is None and (true.kind not in ("integer", "number") or len(true.present) < 3):
        raise InvalidInput(
            "of labels an estimate is made from probabilities, and there are none.",
            "Name the column: --probability COLUMN, in Python probability=…",
        )
    now = {name: values for name, values in asked.columns.items() if name != truth}
    before = dict(known.columns)
    column = None
    if moments is not None:
        # under the name of the times, which no model of the error may take for a feature
        column = moments.column or "window"
        now[column] = moments.names
        before.pop(column, None)
    return estimate_performance(
        before,
        now,
        truth=truth,
        window=column,
        positive=label_meant(positive, before.get(truth)),
        **others,
        **shared,
    )
