"""Two outcomes of one slice side by side: what is the same to the last bit, what within a tolerance, what is not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

TOLERANCE = 1e-6
"""Largest relative difference of numbers that counts as *equivalent*: more than other BLAS kernels make in a metric."""


@dataclass
class Comparison:
    """What was compared, and what differs. ``far`` are differences beyond the tolerance, ``near`` those within it."""

    compared: int = 0
    far: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    metrics: dict[str, dict[str, float | None]] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def differs(self) -> list[str]:
        """Everything that is not the same to the last bit, the worst first."""
        return [*self.far, *self.contents, *self.near]


def compare_outcomes(run: dict[str, Any], replay: dict[str, Any]) -> Comparison:
    """Compare what `nbmlops.replay.recorded.recorded` gave of a run and of its replay.

    Examples
    --------
    >>> one = {"outcome": {"metrics": {"auc": {"values": [0.84]}}}}
    >>> other = {"outcome": {"metrics": {"auc": {"values": [0.84 + 1e-12]}}}}
    >>> found = compare_outcomes(one, other)
    >>> found.compared, found.near, found.far
    (1, ['auc'], [])
    """
    found = Comparison()
    _compare_metrics(run["outcome"].get("metrics", {}), replay["outcome"].get("metrics", {}), found)
    _compare_values(run.get("values", {}), replay.get("values", {}), found)
    _compare_contents(run["outcome"], replay["outcome"], found)
    if run.get("status") == "failed":  # that it fails is its result
        found.compared += 1
        if (run["status"], run["error"]) != (replay.get("status"), replay.get("error")):
            found.far.append("its error")
    return found


def _compare_metrics(run: dict[str, Any], replay: dict[str, Any], found: Comparison) -> None:
    for name, curve in run.items():
        other = replay.get(name)
        found.compared += 1
        found.metrics[name] = {
            "recorded": curve["values"][-1],
            "replayed": other["values"][-1] if other else None,
        }
        if other is None or len(other["values"]) != len(curve["values"]):
            found.far.append(name)
        elif curve != other:
            distances = [_distance(a, b) for a, b in zip(curve["values"], other["values"], strict=True)]
            (found.near if max(distances) <= TOLERANCE else found.far).append(name)


def _compare_values(run: dict[str, Any], replay: dict[str, Any], found: Comparison) -> None:
    for name, recorded in run.items():
        if recorded.get("volatile") or replay.get(name, {}).get("volatile"):
            continue
        found.compared += 1
        value, other = recorded.get("value"), replay.get(name, {}).get("value")
        if type(value) is type(other) and (value == other or (value != value and other != other)):  # noqa: PLR0124
            continue
        found.values[name] = {"recorded": value, "replayed": other}
        is_near = _distance(value, other) <= TOLERANCE and not isinstance(value, bool)
        (found.near if is_near else found.far).append(name)


def _compare_contents(run: dict[str, Any], replay: dict[str, Any], found: Comparison) -> None:
    bound, others = run.get("bound", {}), replay.get("bound", {})
    for name, recorded in bound.items():
        other = others.get(name)
        if recorded.get("digest") is None or (other is not None and other.get("digest") is None):
            continue  # it has no content that could be compared
        if other is None and recorded.get("changed"):
            continue  # that the cell changed it was only a suspicion: the replay shows that it does not
        found.compared += 1
        if other is None or any(recorded.get(key) != other.get(key) for key in ("digest", "order")):
            is_near = other is not None and _are_near(recorded.get("sketch"), other.get("sketch"))
            (found.near if is_near else found.contents).append(name)
    models, others_models = run.get("models", []), replay.get("models", [])
    for position, model in enumerate(models):
        if model["digest"] is None or model["variable"] in bound:
            continue
        found.compared += 1
        other = others_models[position] if position < len(others_models) else None
        if other is None or other["digest"] not in (None, model["digest"]):
            found.contents.append(model["variable"] or f"model {position + 1}")
    printed, again = run.get("printed"), replay.get("printed")
    if printed and again and not printed.get("volatile") and printed["characters"]:
        found.compared += 1
        if printed["digest"] != again["digest"]:
            found.contents.append("the printed output")


def _are_near(one: list[float] | None, other: list[float] | None) -> bool:
    """Tell whether the sketches of two arrays agree within the tolerance."""
    if not one or not other or len(one) != len(other):
        return False
    scale = max(abs(number) for number in one)
    return all(_distance(a, b) <= TOLERANCE or abs(a - b) <= 1e-12 * scale for a, b in zip(one, other, strict=True))


def _distance(one: Any, other: Any) -> float:
    """Return the relative difference of two numbers, infinity where one is none."""
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return 0.0 if one == other else math.inf
    if one == other:
        return 0.0
    if not (math.isfinite(one) and math.isfinite(other)):
        return math.inf
    return abs(one - other) / max(abs(one), abs(other), 1e-300)
