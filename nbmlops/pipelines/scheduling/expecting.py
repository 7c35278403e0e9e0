"""What a trigger waits for and is not there: it may be made later, or its name may be a slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.errors import nearest
from nbmlops.store.datasets import DatasetStore
from nbmlops.store.monitors import MonitorStore
from nbmlops.store.pipelines import PipelineStore
from nbmlops.store.schedules import ScheduleStore

if TYPE_CHECKING:
    from nbmlops.pipelines.scheduling.triggers import Trigger
    from nbmlops.store.database import Database


def missing_of(trigger: Trigger, database: Database) -> str:
    """Return that what a trigger waits for is not there yet, in a sentence; empty where it is, or nobody can know.

    Parameters
    ----------
    trigger : Trigger
        It.
    database : Database
        The registry's.
    """
    facts = trigger.facts
    kind, name, known = "", "", list[str]()
    if trigger.kind == "dataset":
        kind, name, known = "data set", facts["dataset"], DatasetStore(database).names()
    elif trigger.kind == "pipeline":
        kind, name = "pipeline", facts["pipeline"]
        scheduled = [row["pipeline"] for row in ScheduleStore(database).all() if row["pipeline"]]
        known = [*PipelineStore(database).names(), *scheduled]
    elif trigger.kind == "event" and facts["event"].startswith("alert:"):
        kind, name = "monitor", facts["event"].removeprefix("alert:")
        known = [row["name"] for row in MonitorStore(database).all()]
    if not kind or name in known:
        return ""
    near = nearest(name, dict.fromkeys(known), 1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    return f"there is no {kind} {name!r} yet.{meant}"
