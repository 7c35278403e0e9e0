"""Facts of steps and runs are put together whatever numbers they hold."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from nbmlops.store.pipelines import PipelineStore

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace


def test_what_a_run_goes_on_with_holds_a_parameter_that_is_no_number(workspace: Workspace) -> None:
    store = PipelineStore(workspace.database)
    runs = [workspace.recorder.open_run(name) for name in ("before", "after")]
    for run, facts in zip(
        runs,
        (
            {"rate": float("nan"), "listed": {"a": ["x"]}, "names": {"1": ["a"]}},
            {"rate": float("nan"), "listed": {"b": ["y"]}, "names": {"2": ["b"]}},
        ),
        strict=True,
    ):
        workspace.database.write("INSERT INTO captures VALUES (?, ?)", (run.id, json.dumps(facts)))
    before, after = (run.id for run in runs)
    store.carry_over(before, after)
    [(text,)] = workspace.database.rows("SELECT facts FROM captures WHERE run_id = ?", [after])
    facts = json.loads(text)
    assert math.isnan(facts.pop("rate"))
    assert facts == {
        "resumed_from": before,
        "listed": {"a": ["x"], "b": ["y"]},
        "names": {"2": ["b"], f"{before[-8:]}.1": ["a"]},
    }
