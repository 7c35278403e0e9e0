"""What a pipeline says to the engine of the step that is to run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbmlops.pipelines.cell_tests import CellTest
    from nbmlops.pipelines.checkpoints import Checkpoint
    from nbmlops.tracking.recorder import Recorder


@dataclass
class StepOfPipeline:
    """What a pipeline says to the engine of the step that is to run.

    ``told`` is told the number of each cell that begins, and how many there are; ``run`` is set to the id of the run
    that the step is recorded as. ``checkpoint`` is where what the cells leave is held, where that is asked for.
    ``tests`` run behind the notebook's cells; ``outcomes`` says what became of each. ``models`` are the versions that
    steps before it registered in the same run of the pipeline.
    """

    recorder: Recorder
    notebook: Path
    name: str
    experiment: str
    parent: str
    told: Callable[[int, int], object]
    run: str | None = None
    checkpoint: Checkpoint | None = None
    tests: tuple[CellTest, ...] = ()
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    models: dict[str, int] = field(default_factory=dict)
