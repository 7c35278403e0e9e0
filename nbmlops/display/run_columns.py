"""Which columns a table of runs needs: what varies between them, and what is the same for all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbmlops.display.format import NOTHING, setting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.records import Run, Scalar

_FIRST = ("model", "estimator")
_LAST = ("verbose", "n_jobs", "warm_start", "copy_X", "memory")  # how it ran, not what came of it
DULL = (NOTHING, "False", "0", "0.0")  # what estimators are made with where nothing was said


@dataclass(frozen=True)
class Varying:
    """The columns of a table of runs; ``partial`` counts params that some runs have, always with the same value."""

    metrics: list[str]
    params: list[str]
    partial: int
    is_numeric: dict[str, bool]
    same: list[tuple[str, str]]
    fields: dict[str, Callable[[Run], tuple[str, ...]]] = field(default_factory=dict)


def varying(runs: Sequence[Run]) -> Varying:
    """Return what differs between runs and what does not.

    A param has a column when two runs have it with different values; those that most runs have come first. One that all
    runs with params have alike is the same for all. Of a single run, everything is worth a column.

    Examples
    --------
    >>> from nbmlops.records import Run
    >>> def run(**params):
    ...     return Run("0" * 32, "rf", "delay", "finished", "", params=params)
    >>> found = varying([run(model="RF", depth=3, trees=200), run(model="RF", depth=6, trees=200, seed=1)])
    >>> found.params, found.partial, found.same
    (['depth'], 1, [('experiment', 'delay'), ('model', 'RF'), ('trees', '200')])
    """
    single = len(runs) == 1
    metrics = Counter(name for run in runs for name in run.metrics)
    counts = Counter(name for run in runs for name in run.params)
    # NaN is unequal to itself, and 1 equals True: the type and the text tell
    values: dict[str, set[tuple[type, str]]] = {}
    for run in runs:
        for name, value in run.params.items():
            values.setdefault(name, set()).add((type(value), setting(value)))
    having = sum(bool(run.params) for run in runs)  # a cell that failed at once has none
    columns = [name for name in counts if single or len(values[name]) > 1]
    columns.sort(key=lambda name: (name not in _FIRST, name in _LAST, -counts[name]))
    rest = [name for name in counts if name not in columns]
    same = [(name, next(iter(values[name]))[1]) for name in rest if counts[name] == having]
    same.sort(key=lambda pair: (pair[0] not in _FIRST, pair[1] in DULL))
    fields: dict[str, Callable[[Run], tuple[str, ...]]] = {}
    for title, read in (("data", _data), ("experiment", _experiment)):
        different = {read(run) for run in runs} - {()} or {()}  # a cell that failed at once has no data
        if single or len(different) > 1:
            fields[title] = read
        elif only := different.pop():
            same.insert(0, (title, only[0] if len(only) == 1 else f"{only[0]} +{len(only) - 1}"))
    verdicts = {_proof(run) for run in runs}
    if verdicts != {(NOTHING,)}:
        fields["proof"] = _proof
    return Varying(
        [name for name, _ in metrics.most_common()],
        columns,
        len(rest) - sum(counts[name] == having for name in rest),
        {name: all(_is_number(run.params[name]) for run in runs if name in run.params) for name in columns},
        same,
        fields,
    )


def _proof(run: Run) -> tuple[str, ...]:
    return (run.verdict.replace("_", " ") if run.verdict else NOTHING,)


def _is_number(value: Scalar) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _experiment(run: Run) -> tuple[str, ...]:
    return (run.experiment,)


def _data(run: Run) -> tuple[str, ...]:
    return run.data
