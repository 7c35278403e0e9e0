"""Whether a step has to run: it has not, where a finished run of it did the same with the same inputs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError
from nbmlops.named import kind_of, version_now
from nbmlops.pipelines.kernel_specs import kernel_environment
from nbmlops.pipelines.keys import differences, step_facts, step_key
from nbmlops.store.outputs import Outputs
from nbmlops.store.pipelines import PipelineStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.pipelines.contents import Contents
    from nbmlops.pipelines.definition import Step
    from nbmlops.pipelines.records import Action
    from nbmlops.pipelines.step_notebooks import StepNotebook
    from nbmlops.records import Output
    from nbmlops.tracking.recorder import Recorder

MOST = 20
"""How many earlier runs of a step are looked at: the newest ones."""

_INPUTS = "SELECT path, named, kind, fingerprint, kept FROM inputs_read WHERE run_id = ? ORDER BY position"
_FACTS = "SELECT facts FROM captures WHERE run_id = ?"
_NAME = "SELECT name, duration_s FROM runs WHERE id = ?"


@dataclass(frozen=True)
class Decision:
    """What is to be done with a step, and why. ``run`` and ``outputs`` are those of the run that stands for it."""

    action: Action
    reason: str
    facts: dict[str, Any]
    key: str
    run: str | None = None
    outputs: tuple[Output, ...] = ()
    seconds: float | None = None
    folder: str = ""
    """Where the paths of the outputs began when they were written."""


@dataclass
class Decider:
    """Compares steps as they are now with their finished runs.

    Parameters
    ----------
    recorder : Recorder
        The registry.
    folder : Path
        The pipeline's.
    contents : Contents
        What files hold now.
    """

    recorder: Recorder
    folder: Path
    contents: Contents
    _environments: dict[str, str] = field(default_factory=dict)

    def facts(self, step: Step, notebook: StepNotebook) -> dict[str, Any]:
        """Return what is compared of a step as it is now."""
        kernel = step.kernel or notebook.kernel
        if kernel not in self._environments:
            self._environments[kernel] = kernel_environment(kernel)
        declared = {path: self.contents.of_named(path, self.folder) for path in step.inputs if "://" not in path}
        return step_facts(notebook, step.params, kernel, self._environments[kernel], declared)

    def decide(
        self,
        step: Step,
        notebook: StepNotebook,
        *,
        forced: str = "",
        waits_for: str = "",
        models: Mapping[str, int] | None = None,
    ) -> Decision:
        """Say whether a step is run or cached, and why.

        Parameters
        ----------
        step : Step
            The step, with its parameters.
        notebook : StepNotebook
            Its notebook as it is now.
        forced : str
            Why it runs in any case, where somebody said so.
        waits_for : str
            Steps that run before it, so that its inputs are not known yet.
        models : dict, optional
            The versions of models that steps before it have registered: those are what their names alone mean to it.
        """
        facts = self.facts(step, notebook)
        key = step_key(facts)
        store = PipelineStore(self.recorder.database)
        last = store.last(str(self.folder), step.name)
        seconds = self._seconds(last[0]) if last is not None and last[0] else None
        if forced:
            return Decision("run", forced, facts, key, seconds=seconds)
        if step.cache is False:
            return Decision("run", "cache: false", facts, key, seconds=seconds)
        reasons: list[str] = []
        for run, earlier, folder in store.earlier(key, MOST):
            if waits_for:
                reasons = [f"{waits_for} runs before it"]
                break
            why_not = self.what_changed(step, run, earlier, facts, folder, models)
            outputs = () if why_not else tuple(Outputs(self.recorder.database).of(run))
            why_not = why_not or self._lost(outputs, folder)
            if not why_not:
                name, took = self.recorder.database.rows(_NAME, [run])[0]
                return Decision("cached", f"unchanged since {name}", facts, key, run, outputs, took, folder)
            reasons = reasons or why_not
        if last is None:
            reasons = reasons or ["it has not run before"]
        elif not reasons:
            changed = differences(last[1], facts) if last[1] else []
            failed = ["it failed last time"] if last[2] == "failed" else []
            reasons = [*changed, *failed] or ["it has not finished before"]
        return Decision("run", "; ".join(dict.fromkeys(reasons)), facts, key, seconds=seconds)

    def what_changed(
        self,
        step: Step,
        run: str,
        earlier: dict[str, Any],
        facts: dict[str, Any],
        folder: str,
        models: Mapping[str, int] | None = None,
    ) -> list[str]:
        """Return what is not as it was when an earlier run of the step read it."""
        found = []
        before, now = earlier.get("declared", {}), facts["declared"]
        for path in now:
            if path not in before:
                found.append(f"{path} is a new input")
            elif before[path] != now[path]:
                found.append(f"{path} changed" if now[path] is not None else f"{path} is gone")
        for path, named, kind, fingerprint, kept in self.recorder.database.rows(_INPUTS, [run]):
            if kind == "package":
                continue  # its environment tells
            if kind not in ("file", "module"):
                found += [] if step.cache == "always" else [f"it reads {named}, which cannot be checked"]
                continue
            if fingerprint is None:
                found.append(f"what it read of {named} is not known: {kept or 'it was not fingerprinted'}")
                continue
            current = self.contents.of(Path(moved(path, folder, self.folder)))
            if current != fingerprint:
                found.append(f"{named} changed" if current is not None else f"{named} is gone")
        return [*dict.fromkeys(found), *self._names_and_folders(step, run, folder, earlier, models)]

    def _names_and_folders(
        self, step: Step, run: str, folder: str, earlier: dict[str, Any], models: Mapping[str, int] | None
    ) -> list[str]:
        rows = self.recorder.database.rows(_FACTS, [run])
        facts = json.loads(rows[0][0]) if rows else {}
        found = []
        if step.cache != "always":
            found += [f"it reads from {one}, which cannot be checked" for one in facts.get("addresses", [])]
        noted = {name: then for names in facts.get("names", {}).values() for name, then in names.items()}
        for name, then in noted.items():
            kind, _, spec = name.partition(" ")
            if not kind_of(name):
                continue
            try:
                now = version_now(kind, spec, self.recorder.database, self.recorder.blobs, models)
            except NbmlopsError:
                now = "nothing"
            # an alias that the step itself moved, when it was done, is what it left behind, not another input
            if now not in (then, earlier.get("promoted", {}).get(spec)):
                found.append(f"{spec} is {now} now, was {then}")
        made = {Path(one.path).name for one in Outputs(self.recorder.database).of(run)}
        for path, before in facts.get("listed", {}).items():
            place = moved(path, folder, self.folder)
            try:
                names = sorted(name for name in os.listdir(place) if not name.startswith("."))  # noqa: PTH208
            except OSError:
                found.append(f"the folder {os.path.relpath(place, self.folder)} is gone")
                continue
            new = sorted(set(names) - set(before) - made)
            gone = sorted(set(before) - set(names) - made)
            if new or gone:
                said = f"{new[0]} is new" if new else f"{gone[0]} is gone"
                found.append(f"{said} in the folder {os.path.relpath(place, self.folder)}")
        return found

    def _lost(self, outputs: tuple[Output, ...], folder: str) -> list[str]:
        """Return outputs that are neither in place nor kept."""
        return [
            f"{one.named} is not as it was made, and no copy was kept{f': {one.kept}' if one.kept else ''}"
            for one in outputs
            if one.kept != "kept"
            and (
                one.fingerprint is None
                or self.contents.of(Path(moved(one.path, folder, self.folder))) != one.fingerprint
            )
        ]

    def may_go_on(
        self, step: Step, run: str | None, facts: dict[str, Any], models: Mapping[str, int] | None = None
    ) -> bool:
        """Tell whether what a run that failed had read is still the same, so that its cells need not run again."""
        if run is None:
            return False
        rows = self.recorder.database.rows(_FACTS, [run])
        if not rows or "place" not in json.loads(rows[0][0]):
            return False  # its kernel was killed before it could say what it had read
        noted = PipelineStore(self.recorder.database).of_run(run)
        return noted is not None and not self.what_changed(step, run, noted[0], facts, noted[1], models)

    def _seconds(self, run: str) -> float | None:
        rows = self.recorder.database.rows(_NAME, [run])
        return rows[0][1] if rows else None


def moved(path: str, before: str, folder: Path) -> str:
    """Return where a path of an earlier run is now, when the pipeline's folder has moved.

    Examples
    --------
    >>> moved("/old/data/x.csv", "/old", Path("/new")), moved("/etc/x", "/old", Path("/new"))
    ('/new/data/x.csv', '/etc/x')
    """
    if before and path.startswith(before.rstrip(os.sep) + os.sep):
        return os.path.join(folder, os.path.relpath(path, before))  # noqa: PTH118
    return path
