"""Runs side by side: only what differs, metrics first, and the code as a diff of the slices."""

from __future__ import annotations

import difflib
import itertools
import math
from typing import TYPE_CHECKING, Any

from nbmlops.records import CodeDifference, Comparison, Difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.records import RunDetail
    from nbmlops.store.run_reader import RunReader


def compare_runs(reader: RunReader, ids: Sequence[str]) -> Comparison:
    """Compare runs by their whole ids, in the order given."""
    runs = tuple(reader.detail(run) for run in ids)
    metrics, same_metrics = _differences([run.metrics for run in runs])
    params, same_params = _differences([run.params for run in runs])
    data, same_data = _differences([{d.name: d.fingerprint for d in run.datasets} for run in runs])
    environment, same_environment = _differences([_flat_environment(run) for run in runs])
    code = tuple(_code_difference(a, b) for a, b in itertools.pairwise(runs) if _slice(a) != _slice(b))
    curves = {}
    recorded = [reader.curves(run) for run in ids]
    for name in dict.fromkeys(name for one in recorded for name in one):
        points = [one.get(name, []) for one in recorded]
        if any(len(one) > 1 for one in points):
            curves[name] = points
    return Comparison(
        runs,
        tuple(_with_best(reader, difference) for difference in metrics),
        params,
        data,
        environment,
        code,
        curves,
        {
            "metrics": same_metrics,
            "params": same_params,
            "data": same_data,
            "environment": same_environment,
            "code": len(runs) - 1 - len(code),
        },
    )


def _differences(columns: Sequence[dict[str, Any]]) -> tuple[tuple[Difference, ...], int]:
    names = dict.fromkeys(name for column in columns for name in column)
    different, same = [], 0
    for name in names:
        values = tuple(column.get(name) for column in columns)
        if all(_equal(values[0], value) for value in values[1:]) and all(name in column for column in columns):
            same += 1
        else:
            different.append(Difference(name, values))
    return tuple(different), same


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and (a == b or (a != a and b != b))  # noqa: PLR0124 - NaN equals NaN here


def _with_best(reader: RunReader, difference: Difference) -> Difference:
    direction = reader.direction(difference.name)
    there = [
        (value, index) for index, value in enumerate(difference.values) if value is not None and not math.isnan(value)
    ]
    best = (max if direction == "higher" else min)(there, key=lambda pair: pair[0])[1] if there else None
    return Difference(difference.name, difference.values, best, direction)


def _flat_environment(run: RunDetail) -> dict[str, Any]:
    facts = {name: value for name, value in run.environment.items() if name not in ("packages", "key")}
    return {**facts, **run.environment.get("packages", {})}


def _slice(run: RunDetail) -> list[str]:
    return [cell.code for cell in run.slice] or [run.code]


def _code_difference(a: RunDetail, b: RunDetail) -> CodeDifference:
    lines = difflib.unified_diff(
        "\n\n".join(_slice(a)).splitlines(),
        "\n\n".join(_slice(b)).splitlines(),
        a.name,
        b.name,
        lineterm="",
        n=2,
    )
    return CodeDifference(a.name, b.name, "\n".join(lines))
