"""Every estimator and utility replays to the last bit, or was warned of and is named: randomness."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from estimator_cases import DIVERGED, IDENTICAL, SETUP

import nbmlops

if TYPE_CHECKING:
    from conftest import Notebook

pytestmark = pytest.mark.slow


@pytest.fixture
def tracked(notebook: Notebook) -> Notebook:
    for cell in SETUP:
        notebook.run(cell)
    return notebook


def reproduced(names: list[str]) -> dict[str, Any]:
    """Replay runs, two at a time."""
    workspace = nbmlops.workspace()
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(workspace.reproduce, names), strict=True))


def test_estimators_and_utilities_replay_identical(tracked: Notebook) -> None:
    assert len(IDENTICAL) >= 60
    for name, code in IDENTICAL.items():
        tracked.run(f"%%track {name}\n{code}")
    found = reproduced(list(IDENTICAL))
    wrong = {
        name: (replay.verdict, replay.reason, replay.differs, replay.factors)
        for name, replay in found.items()
        if replay.verdict != "identical" or not replay.compared
    }
    assert not wrong


def test_what_cannot_be_restored_is_warned_of_and_named(tracked: Notebook) -> None:
    for name, (code, _) in DIVERGED.items():
        tracked.run(f"%%track {name}\n{code}")
    warnings = {name: " ".join(tracked.runs.show(name).warnings) for name in DIVERGED}
    assert {name: word in warnings[name] for name, (_, word) in DIVERGED.items()} == dict.fromkeys(DIVERGED, True)
    found = reproduced(list(DIVERGED))
    assert {name: replay.verdict for name, replay in found.items()} == dict.fromkeys(DIVERGED, "diverged")
    assert {name: [one.factor for one in replay.factors] for name, replay in found.items()} == {
        name: ["randomness"] for name in DIVERGED
    }
