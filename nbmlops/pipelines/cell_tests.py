"""Cells that are tagged ``test``: each is one test of what the notebook made, run behind its other cells by ``ci``."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.step_notebooks import TEST_TAG
from nbmlops.store.runs import cell_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.artifacts import ArtifactStore
    from nbmlops.pipelines.step_notebooks import StepNotebook
    from nbmlops.store.database import Database
    from nbmlops.tracking.active import ActiveRun

FILE = "tests.json"
KIND = "tests"
MAX_NAME = 100
_DEF = re.compile(r"^\s*(?:async\s+)?def\s+(\w+)")


@dataclass(frozen=True)
class CellTest:
    """One test: its name, its code, and the digest that tells it from others."""

    name: str
    code: str

    @property
    def digest(self) -> str:
        """The content address of the cell."""
        return cell_digest(self.code)


def tests_of(notebook: StepNotebook) -> tuple[CellTest, ...]:
    """Return the tests of a notebook, in its order; two of one name get numbers."""
    codes = [
        cell.source
        for cell in notebook.content.cells
        if cell.cell_type == "code" and TEST_TAG in cell.metadata.get("tags", ()) and cell.source.strip()
    ]
    found: list[CellTest] = []
    for number, code in enumerate(codes, 1):
        name = name_of(code) or f"test {number}"
        if any(one.name == name for one in found):
            name = f"{name} ({number})"
        found.append(CellTest(name, code))
    return tuple(found)


def name_of(code: str) -> str:
    """Return what a test cell is called by: its first line where that is a comment, else its first function.

    Examples
    --------
    >>> name_of("# night flights are known\\nassert 1"), name_of("def test_night():\\n    assert 1\\ntest_night()")
    ('night flights are known', 'test_night')
    >>> name_of("assert 1")
    ''
    """
    lines = [line for line in code.splitlines() if line.strip()]
    first = lines[0].strip() if lines else ""
    if first.startswith(("#", "//", "--")):
        return first.lstrip("#/-% ").strip()[:MAX_NAME]
    named = next((found[1] for line in lines if (found := _DEF.match(line))), "")
    return named[:MAX_NAME]


def outcome(test: CellTest, *, passed: bool, detail: str = "", seconds: float = 0.0) -> dict[str, Any]:
    """Return what became of a test, as it is kept and reported."""
    return {
        "test": test.name,
        "passed": passed,
        "detail": detail,
        "seconds": round(seconds, 3),
        "digest": test.digest,
    }


def keep(run: ActiveRun, outcomes: Sequence[dict[str, Any]]) -> None:
    """Keep what became of the tests with the run of their notebook."""
    run.keep(io.BytesIO(json.dumps(list(outcomes)).encode("utf-8")), FILE, KIND)


def recalled(
    database: Database, blobs: ArtifactStore, run: str, tests: Sequence[CellTest]
) -> tuple[dict[str, Any], ...] | None:
    """Return what became of tests when a run was made, or None where one of them has not run behind it.

    Parameters
    ----------
    database, blobs
        The registry and its files.
    run : str
        The step's run.
    tests : sequence of CellTest
        The tests as they are now.
    """
    rows = database.rows(
        "SELECT digest FROM artifacts WHERE run_id = ? AND kind = ? ORDER BY created_at DESC LIMIT 1", [run, KIND]
    )
    known: dict[str, dict[str, Any]] = {}
    if rows:
        with blobs.open_reader(rows[0][0]) as reader:
            known = {one["digest"]: one for one in json.loads(reader.read())}
    found = [{**known[test.digest], "test": test.name} for test in tests if test.digest in known]
    return tuple(found) if len(found) == len(tests) else None
