"""Gates that a project or a call asks for, beside those of the pipeline's steps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.conditions import check_condition, names_in
from nbmlops.pipelines.gates import ASSUMPTIONS, BASE, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbmlops.registry import Models
    from nbmlops.registry.pinned_steps import PinnedStep


@dataclass(frozen=True)
class Measured:
    """The metrics of a step now and in the base, and how many assumptions held."""

    step: str
    now: Mapping[str, float]
    base: Mapping[str, float]
    held: int = 0
    pipeline: str = ""


def check_readable(gates: Sequence[str]) -> None:
    """Check that gates can be read, before anything runs.

    Raises
    ------
    InvalidInput
        One cannot; the message says which and where.
    """
    for gate in gates:
        if gate.strip() != ASSUMPTIONS:
            names_in(gate)


def check_all(
    gates: Sequence[str],
    measured: Sequence[Measured],
    models: Models,
    pinned: Mapping[str, Mapping[str, float]],
    idle: Sequence[PinnedStep] = (),
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what became of gates (``gate``, ``step``, ``holds``, ``detail``), and a note of each that was not asked.

    A gate is about every step that computed a metric which it names; ``evaluate.auc`` is about the steps of that name.
    A gate about nothing that was computed does not hold, but where it is about a step that the change does not touch.

    Parameters
    ----------
    gates : sequence of str
        The conditions.
    measured : sequence of Measured
        What the steps came to.
    models : Models
        The models that gates name.
    pinned : mapping
        The metrics of models that the base pins: these are meant, then.
    idle : sequence of PinnedStep
        Steps of the base that the change does not touch.
    """
    check = _Checker(models, pinned)
    found: list[dict[str, Any]] = []
    notes = []
    for gate in gates:
        if gate.strip() == ASSUMPTIONS:
            held = sum(one.held for one in measured)
            detail = f"{held} held" if held else "no notebook asserts anything"
            found.append({"gate": gate, "step": None, "holds": held > 0, "detail": detail})
            continue
        names = _metrics_in(gate)
        step = _untouched(names, measured, idle)
        if step is not None:
            notes.append(f"{gate} is about {step}, which the change does not touch")
        else:
            found += check.about(gate, names, measured)
    return found, notes


def _metrics_in(gate: str) -> list[str]:
    return [name for name in names_in(gate) if name != BASE and "@" not in name]


def _untouched(names: Sequence[str], measured: Sequence[Measured], idle: Sequence[PinnedStep]) -> str | None:
    """Return the step that computes what names stand for, where that did not run and all else is there."""
    now = {name for one in measured for metric in one.now for name in (metric, f"{one.step}.{metric}")}
    before = {name: one.step for one in idle for metric in one.metrics for name in (metric, f"{one.step}.{metric}")}
    missing = [name for name in names if name not in now]
    ran = tuple(f"{one.step}." for one in measured)
    is_idle = missing and all(name in before and not name.startswith(ran) for name in missing)
    return before[missing[0]] if is_idle else None


@dataclass(frozen=True)
class _Checker:
    models: Models
    pinned: Mapping[str, Mapping[str, float]]

    def about(self, gate: str, names: Sequence[str], measured: Sequence[Measured]) -> list[dict[str, Any]]:
        named = [one for one in measured if any(name.startswith(f"{one.step}.") for name in names)]
        if named:
            same = [[one for one in named if one.step == step] for step in dict.fromkeys(one.step for one in named)]
            return [self.of_steps(gate, steps, named) for steps in product(*same)]
        about = [one for one in measured if any(name in one.now for name in names)]
        if not about:
            known = ", ".join(dict.fromkeys(name for one in measured for name in one.now)) or "none"
            said = f"nothing that ran computed {' or '.join(names) or 'a metric that it names'}; there is {known}"
            return [{"gate": gate, "step": None, "holds": False, "detail": said}]
        return [{**self.checked(gate, one.now, one.base), "step": one.step} for one in about]

    def of_steps(self, gate: str, steps: Sequence[Measured], named: Sequence[Measured]) -> dict[str, Any]:
        """Return the verdict on steps, one of each name; where others have that name too, with their pipelines."""
        now = {f"{one.step}.{name}": value for one in steps for name, value in one.now.items()}
        base = {f"{one.step}.{name}": value for one in steps for name, value in one.base.items()}
        amounts = Counter(one.step for one in named)
        said = [one.step if amounts[one.step] == 1 else f"{one.pipeline}/{one.step}" for one in steps]
        return {**self.checked(gate, now, base), "step": ", ".join(said)}

    def checked(self, gate: str, now: Mapping[str, float], base: Mapping[str, float]) -> dict[str, Any]:
        try:
            found = check_condition(gate, lambda name: value_of(name, gate, now, self.models, base, self.pinned))
        except NbmlopsError as error:
            return {"gate": gate, "holds": False, "detail": error.message}
        return {"gate": gate, "holds": found.holds, "detail": found.detail}
