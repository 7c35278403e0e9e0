"""What a run's record holds so that the run can be proven again: its outcome, settings, machine, assumptions."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import sys
from typing import TYPE_CHECKING, Any

from nbmlops.capture.assumptions import assumptions_of
from nbmlops.capture.fingerprint import object_digest
from nbmlops.capture.machine import machine
from nbmlops.capture.outcome import describe, note_outcome
from nbmlops.capture.params import as_scalar
from nbmlops.capture.secrets import mask
from nbmlops.capture.settings import settings_of
from nbmlops.records import json_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.tracking.cell_closing import CellFacts
    from nbmlops.tracking.recorder import Recorder

MAX_POINTS = 100
RESULT = "Out"
"""The name that the value of a cell's last expression has among what it left."""


def proof_facts(
    recorder: Recorder,
    run: str,
    facts: CellFacts,
    captured: Mapping[str, Sequence[float]],
    of_fits: Mapping[str, Sequence[float]],
) -> dict[str, Any]:
    """Return the facts that a replay starts from and compares with."""
    volatile = {name for cell in facts.slice for name in cell.effects.volatile}
    outcome: dict[str, Any] = {}
    if facts.capture.output == "on":
        names = facts.changed if facts.changed is not None else facts.cell.effects.writes
        outcome = note_outcome(names, facts.namespace, facts.observation.fits, volatile)
        for name, described in outcome["bound"].items():
            if facts.cell.trace is not None and name not in facts.cell.trace.bound:
                described["changed"] = True  # perhaps only: its content was too large to tell
        result = _result(facts.result, is_volatile=bool(volatile))
        if result is not None:
            outcome["bound"][RESULT] = result
        printed = facts.printed and facts.printed.facts(is_volatile=_prints_clock(facts, volatile))
        if printed:
            outcome["printed"] = printed
    logged = {name: [metric.value for metric in points] for name, points in recorder.reader.curves(run).items()}
    curves = {**captured, **of_fits, **logged}
    outcome["metrics"] = {name: _curve(values) for name, values in curves.items()}
    return {
        "outcome": outcome,
        "settings": settings_of(facts.slice),
        "machine": machine(),
        "assumptions": assumptions_of(facts.slice),
        **({"batch": True} if facts.is_batch else {"block": True} if facts.is_block else {}),
        "names": {str(at): cell.files.names for at, cell in enumerate(facts.slice) if cell.files and cell.files.names},
        "listed": _listed(facts.slice) if facts.is_batch else {},
        "addresses": _addresses(facts.slice) if facts.is_batch else [],
        "failed_cells": [position for position, cell in enumerate(facts.slice) if cell.failed],
        "place": {
            "folder": str(facts.started_in.absolute()),
            "path": [entry for entry in sys.path if entry],
            "shell": _shell_name(facts.namespace),
            "screen": list(shutil.get_terminal_size()),
        },
    }


def _addresses(cells: Sequence[ExecutedCell]) -> list[str]:
    """Return what was reached over the network, without passwords."""
    found = set[str]().union(*(cell.files.addresses for cell in cells if cell.files is not None))
    return sorted({mask(one)[0] for one in found})


def _listed(cells: Sequence[ExecutedCell]) -> dict[str, list[str]]:
    """Return what folders held that were looked through, without what the run itself had made there before."""
    found: dict[str, list[str]] = {}
    made: set[str] = set()
    for cell in cells:
        if cell.files is None:
            continue
        for folder, names in cell.files.listed.items():
            own = {os.path.basename(path) for path in made | cell.files.writes if os.path.dirname(path) == folder}  # noqa: PTH119, PTH120
            found.setdefault(folder, [name for name in names if name not in own])
        made |= cell.files.writes
    return found


def _prints_clock(facts: CellFacts, volatile: set[str]) -> bool:
    """Tell whether what a cell printed may follow from a clock: by itself, by a name, by a function that it calls."""
    own = facts.cell.effects
    printers = {name for cell in facts.slice for name in cell.effects.clock_printers}
    return own.asks_clock or bool((volatile | printers) & (own.reads | own.writes))


def _shell_name(namespace: Mapping[str, Any]) -> str:
    """Return the class of the notebook's shell: pandas and others print in another way for a terminal."""
    shell = getattr(namespace.get("get_ipython"), "__self__", None)
    return "" if shell is None else f"{type(shell).__module__}.{type(shell).__qualname__}"


def _result(value: Any, *, is_volatile: bool) -> dict[str, Any] | None:
    """Describe the value of the last expression; a scalar only where no clock has had a part in the slice."""
    if value is None:
        return None
    found, scalar = as_scalar(value)
    if not found:
        return describe(value)
    return None if is_volatile else {"type": type(scalar).__name__, "digest": object_digest(scalar)}


def _curve(values: Sequence[float]) -> dict[str, Any]:
    """Return a curve so that two of them can be told apart to the last bit: its points, or their digest."""
    if len(values) <= MAX_POINTS:
        return {"values": json_value(list(values))}
    packed = struct.pack(f"<{len(values)}d", *values)
    return {"count": len(values), "values": json_value([values[-1]]), "digest": hashlib.sha256(packed).hexdigest()[:32]}
