"""By another pipeline: it has finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from nbmlops.pipelines.scheduling.records import Cause
from nbmlops.pipelines.scheduling.triggers import MOST

if TYPE_CHECKING:
    import datetime

    from nbmlops.pipelines.scheduling.records import Misfire
    from nbmlops.pipelines.scheduling.triggers import Look
    from nbmlops.store.database import Database

# by the firings and not by a last time: of two runs that end together, the one that ended first may be written last
_NEW = """
    SELECT r.id, r.name, r.ended_at FROM pipeline_runs AS p JOIN runs AS r ON r.id = p.run_id
    WHERE p.pipeline = ?1 AND r.status = 'finished' AND r.deleted_at IS NULL AND r.ended_at > ?2 AND NOT EXISTS
      (SELECT 1 FROM schedule_firings AS f WHERE f.schedule_id = ?3 AND f.cause = 'run ' || r.id)
    ORDER BY r.ended_at, r.id
"""


@dataclass(frozen=True)
class PipelineTrigger:
    """Runs of another pipeline that finished; those that failed start nothing.

    Parameters
    ----------
    pipeline : str
        Its name.
    """

    kind: ClassVar[str] = "pipeline"
    misfire: ClassVar[Misfire] = "latest"

    pipeline: str

    @property
    def words(self) -> str:
        """The pipeline."""
        return f"{self.pipeline} has finished"

    @property
    def facts(self) -> dict[str, Any]:
        """The pipeline's name."""
        return {"pipeline": self.pipeline}

    def begin(self, database: Database, now: datetime.datetime) -> dict[str, Any]:  # noqa: ARG002 - the contract's
        """Return the time: runs that ended before are no cause."""
        return {"at": now.isoformat(timespec="microseconds")}

    def causes(self, look: Look) -> list[Cause]:
        """Return the runs that have started nothing."""
        rows = look.database.rows(_NEW, [self.pipeline, look.since["at"], look.schedule])
        chosen = rows if look.newest else rows[:MOST]
        return [Cause(f"run {run}", ended_at, f"{name} finished ({run[-8:]})") for run, name, ended_at in chosen]

    def next(self, look: Look) -> datetime.datetime | None:  # noqa: ARG002 - the contract's
        """Return None: a run that has not ended has no time yet."""
        return None
