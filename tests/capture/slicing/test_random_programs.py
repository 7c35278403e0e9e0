"""Random programs: the slice of every cell gives the same values in an empty namespace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from programs import execute, program, values_of

from nbmlops.capture.cells import ExecutedCell
from nbmlops.capture.slicing.history import History


def check(seed: int) -> tuple[int, int]:
    """Run a program; give how many executions its slices hold, and how many they could."""
    cells = program(seed)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    history = History(namespace)
    written = Path("w.txt")
    written.unlink(missing_ok=True)
    values = []
    for number, code in enumerate(cells):
        cell = ExecutedCell(code, code)
        history.before(cell)
        cell.failed = execute(code, number, namespace)
        history.after(cell)
        assert cell.trace is not None
        # another name of what it changed is no result of the cell, unless it read it
        results = cell.trace.bound | (cell.trace.changed & cell.trace.reads)
        names = sorted(name for name in results if ":" not in name and not name.startswith("__"))
        values.append(values_of(namespace, names))
    assert not history.problems, (seed, history.problems)
    held = could = 0
    for number, cell in enumerate(history.cells):
        if cell.failed:
            continue
        slice_cells = history.slice_of(cell)
        held, could = held + len(slice_cells), could + number + 1
        fresh: dict[str, Any] = {"__name__": "__main__"}
        written.unlink(missing_ok=True)
        for one in slice_cells:
            failed = execute(one.code, number, fresh)
            assert failed is one.failed, story(seed, history, cell, f"failed: {one.code}")
        found = values_of(fresh, list(values[number]))
        assert found == values[number], story(
            seed, history, cell, str({k for k in found if found[k] != values[number][k]})
        )
    return held, could


def story(seed: int, history: History, last: ExecutedCell, word: str) -> str:
    taken = history.slice_of(last)
    lines = [f"program {seed}: {word}"]
    for cell in history.cells:
        lines.append(f"{'*' if cell in taken else ' '}{'!' if cell.failed else ' '} {cell.code!r}  {cell.trace}")
        if cell is last:
            break
    return "\n".join(lines)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("block", range(4))
def test_slices_of_random_programs_give_the_same_values(block: int, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for seed in range(block * 40, block * 40 + 40):
        check(seed)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_slices_of_many_random_programs(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for seed in range(1000, 2500):
        check(seed)
