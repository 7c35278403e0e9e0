"""By data: a data set has a new version."""

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

_NEW = """
    SELECT version, created_at FROM dataset_versions AS v
    WHERE dataset = ?1 AND version > ?2 AND deleted_at IS NULL AND NOT EXISTS
      (SELECT 1 FROM schedule_firings AS f WHERE f.schedule_id = ?3 AND f.cause = v.dataset || '@' || v.version)
    ORDER BY version
"""


@dataclass(frozen=True)
class DatasetTrigger:
    """New versions of a data set. Numbers of versions are never used twice, so each is a cause once.

    Parameters
    ----------
    dataset : str
        Its name; it need not be there yet.
    """

    kind: ClassVar[str] = "dataset"
    misfire: ClassVar[Misfire] = "latest"

    dataset: str

    @property
    def words(self) -> str:
        """The data set."""
        return f"a new version of {self.dataset}"

    @property
    def facts(self) -> dict[str, Any]:
        """The data set's name."""
        return {"dataset": self.dataset}

    def begin(self, database: Database, now: datetime.datetime) -> dict[str, Any]:  # noqa: ARG002 - the contract's
        """Return the highest number that was ever given."""
        rows = database.rows("SELECT last_version FROM datasets WHERE name = ?", [self.dataset])
        return {"version": rows[0][0] if rows else 0}

    def causes(self, look: Look) -> list[Cause]:
        """Return the versions behind that number which have started nothing."""
        rows = look.database.rows(_NEW, [self.dataset, look.since["version"], look.schedule])
        chosen = rows if look.newest else rows[:MOST]
        return [
            Cause(f"{self.dataset}@{version}", created_at, f"{self.dataset}@{version}")
            for version, created_at in chosen
        ]

    def next(self, look: Look) -> datetime.datetime | None:  # noqa: ARG002 - the contract's
        """Return None: nobody knows when data come."""
        return None
