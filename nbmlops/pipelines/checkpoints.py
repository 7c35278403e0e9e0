"""Where a step stopped: what its cells had left in memory before the failed one, so that the next run goes on there."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from nbmlops.datasets.files import file_fingerprint
from nbmlops.errors import NbmlopsError
from nbmlops.store.runs import cell_digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbmlops.pipelines.stepping import Attempt
    from nbmlops.store.pipelines import PipelineStore

FOLDER = "checkpoints"
_COMPARED = ("params", "kernel", "environment")


@dataclass(frozen=True)
class Held:
    """What was held: ``cell`` is the first one that has not run, ``cells`` are those before it, with their outputs."""

    cell: int
    cells: list[Any]


@dataclass
class Checkpoint:
    """The checkpoint of one step in one workspace.

    Parameters
    ----------
    folder : Path
        Where it stands.
    facts : mapping
        What the step is now: see `nbmlops.pipelines.keys.step_facts`. Another state of it does not go on here.
    """

    folder: Path
    facts: Mapping[str, Any]
    run: str | None = None
    resumed_from: int = 0
    resumed_run: str | None = None
    is_allowed: bool = True

    @classmethod
    def of(cls, workspace: Path, pipeline: Path, step: str, facts: Mapping[str, Any]) -> Checkpoint:
        """Return the checkpoint of a step of a pipeline."""
        name = blake3(f"{pipeline}\0{step}".encode()).hexdigest()[:24]
        return cls(workspace / FOLDER / name, facts)

    @property
    def state(self) -> Path:
        """The file that holds the memory."""
        return self.folder / "state.pkl"

    @property
    def fresh(self) -> Path:
        """The file that the kernel writes, before it takes the place of the last one."""
        return self.folder / "fresh.pkl"

    def write(self, notebook: Any, cell: int) -> None:
        """Note that the fresh file holds what all cells before one have left."""
        noted = {
            "cell": cell,
            "codes": _codes(notebook, cell),
            "digest": file_fingerprint(self.fresh)[0],
            "run": self.run,
            "cells": notebook.cells[:cell],
            **{name: self.facts[name] for name in _COMPARED},
        }
        os.replace(self.fresh, self.state)  # noqa: PTH105 - in one step
        part = self.folder / "facts.part"
        part.write_text(json.dumps(noted), encoding="utf-8")
        os.replace(part, self.folder / "facts.json")  # noqa: PTH105

    def noted(self) -> dict[str, Any] | None:
        """Return what was noted of the last run, where the step is what it was then; else None."""
        try:
            noted: dict[str, Any] = json.loads((self.folder / "facts.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if any(noted.get(name) != self.facts[name] for name in _COMPARED):
            return None
        return noted

    def read(self, notebook: Any) -> Held | None:
        """Return what a notebook can go on from, or None where it has to begin at its first cell.

        The cells before it have to be those that ran, and the file that which was noted.
        """
        import nbformat

        noted = self.noted()
        if noted is None or not self.is_allowed:
            return None
        cell = int(noted["cell"])
        if cell > len(notebook.cells) or noted["codes"] != _codes(notebook, cell):
            return None
        try:
            if file_fingerprint(self.state)[0] != noted["digest"]:
                return None
        except (OSError, NbmlopsError):
            return None
        self.resumed_run = noted["run"]
        return Held(cell, nbformat.from_dict(noted["cells"]))

    def forbid(self) -> None:
        """Begin at the first cell: what the cells before have read is not what it was."""
        self.is_allowed = False

    def remove(self) -> None:
        """Take it away: the step is done."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _codes(notebook: Any, cell: int) -> list[str]:
    return [cell_digest(one.source) for one in notebook.cells[:cell] if one.cell_type == "code"]


def finish_with(point: Checkpoint, attempt: Attempt, store: PipelineStore) -> None:
    """Bring a checkpoint up to date when a try of its step has ended.

    A run that went on has read and written what the cells before it had, too. A step that is done needs no checkpoint.
    """
    assert attempt.run is not None
    if point.resumed_run is not None and point.resumed_from:
        store.carry_over(point.resumed_run, attempt.run)
        attempt.note = f"went on at cell {point.resumed_from + 1}"
    if attempt.ending == "ran":
        point.remove()
