"""Which versions of models a pipeline run has made so far, and the alias that moves to one when the gates hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nbmlops.errors import Conflict, NotFound
from nbmlops.store.models import ModelStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbmlops.pipelines.definition import Step
    from nbmlops.pipelines.records import StepRun
    from nbmlops.registry import Models
    from nbmlops.tracking.recorder import Recorder


def runs_before(needs: Iterable[str], states: Mapping[str, StepRun]) -> list[str]:
    """Return the runs of steps that one needs, and of all that these need."""
    found: list[str] = []
    waiting = list(needs)
    while waiting:
        state = states[waiting.pop()]
        if state.run is not None and state.run not in found:
            found.append(state.run)
            waiting += state.needs
    return found


def registered_by(runs: Iterable[str], recorder: Recorder) -> dict[str, int]:
    """Return the newest version of each model that runs of steps have registered."""
    return ModelStore(recorder.database).registered_by(runs)


def promote(step: Step, made: str, before: Iterable[str], recorder: Recorder, models: Models) -> str:
    """Move the alias that a step promotes to the newest version which it, or a step before it, registered.

    Parameters
    ----------
    step : Step
        The step; ``promote`` is ``model@alias``.
    made : str
        The run of the step.
    before : iterable of str
        The runs of the steps before it.
    recorder : Recorder
        The registry.
    models : Models
        The models.

    Raises
    ------
    NotFound
        None of them registered a version of that model.
    Conflict
        The step judged another version than the one that would be promoted.
    """
    name, _, alias = step.promote.partition("@")
    newest = registered_by([made, *before], recorder).get(name)
    if newest is None:
        raise NotFound(
            f"promote: neither the step nor one before it registered a version of {name}.", f"%register model as {name}"
        )
    judged = _judged(name, made, recorder)
    is_its_own = registered_by([made], recorder).get(name) == newest
    if not is_its_own and judged not in (None, f"{name}@{newest}"):
        raise Conflict(
            f"promote: the step judged {judged}, and this run made {name}@{newest}: nothing was promoted.",
            f"Load it by its name alone in the step: nbmlops.load({name!r})",
        )
    return models.promote(f"{name}@{newest}", alias).spec


def _judged(name: str, run: str, recorder: Recorder) -> str | None:
    """Return the version that a step's notebook got for a model's name alone; None where it did not ask for it."""
    rows = recorder.database.rows("SELECT facts FROM captures WHERE run_id = ?", [run])
    noted = json.loads(rows[0][0]).get("names", {}) if rows else {}
    found = [names[f"model {name}"] for names in noted.values() if f"model {name}" in names]
    return found[-1] if found else None
