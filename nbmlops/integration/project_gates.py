"""Gates that a project or a call asks for, beside those of the pipeline's steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.conditions import check_condition, names_in
from nbmlops.pipelines.gates import ASSUMPTIONS, BASE, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbmlops.registry import Models


@dataclass(frozen=True)
class Measured:
    """The metrics of a step now and in the base, and how many assumptions held."""

    step: str
    now: Mapping[str, float]
    base: Mapping[str, float]
    held: int = 0


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
    gates: Sequence[str], measured: Sequence[Measured], models: Models, pinned: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Any]]:
    """Return what became of gates: ``gate``, ``step``, ``holds``, ``detail``.

    A gate is about every step that computed a metric which it names; ``evaluate.auc`` is about one step. A gate about
    nothing that was computed does not hold.

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
    """
    check = _Checker(models, pinned)
    found = []
    for gate in gates:
        if gate.strip() == ASSUMPTIONS:
            held = sum(one.held for one in measured)
            detail = f"{held} held" if held else "no notebook asserts anything"
            found.append({"gate": gate, "step": None, "holds": held > 0, "detail": detail})
        else:
            found += check.about(gate, measured)
    return found


@dataclass(frozen=True)
class _Checker:
    models: Models
    pinned: Mapping[str, Mapping[str, float]]

    def about(self, gate: str, measured: Sequence[Measured]) -> list[dict[str, Any]]:
        names = [name for name in names_in(gate) if name != BASE and "@" not in name]
        dotted = [name for name in names if any(name.startswith(f"{one.step}.") for one in measured)]
        if dotted:
            return [self.of_steps(gate, dotted, measured)]
        about = [one for one in measured if any(name in one.now for name in names)]
        if not about:
            known = ", ".join(dict.fromkeys(name for one in measured for name in one.now)) or "none"
            said = f"nothing that ran computed {' or '.join(names) or 'a metric that it names'}; there is {known}"
            return [{"gate": gate, "step": None, "holds": False, "detail": said}]
        return [{**self.checked(gate, one.now, one.base), "step": one.step} for one in about]

    def of_steps(self, gate: str, dotted: list[str], measured: Sequence[Measured]) -> dict[str, Any]:
        steps = [one for one in measured if any(name.startswith(f"{one.step}.") for name in dotted)]
        now = {f"{one.step}.{name}": value for one in steps for name, value in one.now.items()}
        base = {f"{one.step}.{name}": value for one in steps for name, value in one.base.items()}
        return {**self.checked(gate, now, base), "step": ", ".join(one.step for one in steps)}

    def checked(self, gate: str, now: Mapping[str, float], base: Mapping[str, float]) -> dict[str, Any]:
        try:
            found = check_condition(gate, lambda name: value_of(name, gate, now, self.models, base, self.pinned))
        except NbmlopsError as error:
            return {"gate": gate, "holds": False, "detail": error.message}
        return {"gate": gate, "holds": found.holds, "detail": found.detail}
