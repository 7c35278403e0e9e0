"""What can start a pipeline: one contract, and the triggers that fulfil it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    import datetime

    from nbmlops.pipelines.scheduling.on_file import Settling
    from nbmlops.pipelines.scheduling.records import Cause, Misfire
    from nbmlops.store.database import Database

MOST = 20
"""How many causes are looked at in one go where each counts. Where the latest counts, all are: none may come back."""
_TRIGGERS = {
    "cron": "on_time:CronTrigger",
    "file": "on_file:FileTrigger",
    "dataset": "on_dataset:DatasetTrigger",
    "pipeline": "on_pipeline:PipelineTrigger",
    "event": "on_event:EventTrigger",
}


@dataclass(frozen=True)
class Look:
    """One look of the scheduler at one schedule.

    ``since`` is what the trigger noted when the schedule was made; ``last`` the newest firing after that; ``count`` how
    many there are. ``newest``: where there are many causes, the last ones are asked for, else the first ones.
    """

    database: Database
    schedule: str
    now: datetime.datetime
    since: dict[str, Any]
    last: dict[str, Any] | None
    count: int
    newest: bool
    settling: Settling


class Trigger(Protocol):
    """What starts a pipeline.

    Attributes
    ----------
    kind : str
        Its word in the registry, and behind ``--on-`` where it is no time.
    misfire : {"latest", "skip", "all"}
        What is done about causes that came up while no scheduler was at work, where nothing else was said.
    """

    kind: ClassVar[str]
    misfire: ClassVar[Misfire]

    @property
    def words(self) -> str:
        """What starts the pipeline, for a person."""

    @property
    def facts(self) -> dict[str, Any]:
        """What the trigger is made again from, as JSON has it."""

    def begin(self, database: Database, now: datetime.datetime) -> dict[str, Any]:
        """Return what is there now: only what comes after it is a cause."""

    def causes(self, look: Look) -> list[Cause]:
        """Return the causes that have started nothing yet, oldest first: `MOST`, or all where the newest counts.

        Of times that are due again and again the last `MOST` will do: a time before one that has fired is none.
        """

    def next(self, look: Look) -> datetime.datetime | None:
        """Return when it is due next, where that can be known."""


def trigger_of(kind: str, facts: dict[str, Any]) -> Trigger:
    """Return the trigger that a schedule was written with.

    Examples
    --------
    >>> trigger_of("dataset", {"dataset": "flights"}).words
    'a new version of flights'
    """
    module, _, name = _TRIGGERS[kind].partition(":")
    trigger: Trigger = getattr(importlib.import_module(f"nbmlops.pipelines.scheduling.{module}"), name)(**facts)
    return trigger
