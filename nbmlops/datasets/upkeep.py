"""What data sets and kept files need of the blobs: for collecting the rest, and for saying what damage hits."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from nbmlops.store.datasets import DatasetStore
from nbmlops.store.kept_files import KeptFileStore

if TYPE_CHECKING:
    from nbmlops.store.database import Database

SHOWN = 5


def blobs_in_use(database: Database, grace: float) -> set[str]:
    """Return the blobs that versions need, and those of files that something refers to.

    Parameters
    ----------
    grace : float
        Seconds for which a kept file stays though nothing refers to it yet.
    """
    return DatasetStore(database).blobs() | KeptFileStore(database).packs_in_use(_since(grace))


def forget_unused(database: Database, grace: float) -> None:
    """Take away the records of kept files that nothing refers to, so that their blobs can go."""
    KeptFileStore(database).forget_unused(_since(grace))


def named(owners: list[str]) -> str:
    """Return owners as the end of a sentence.

    Examples
    --------
    >>> named(["the data set flights@1"]), named([])
    ('it belongs to the data set flights@1', 'nothing refers to it: nbmlops gc removes it')
    """
    if not owners:
        return "nothing refers to it: nbmlops gc removes it"
    more = f" and {len(owners) - SHOWN} more" if len(owners) > SHOWN else ""
    return f"it belongs to {', '.join(owners[:SHOWN])}{more}"


def _since(grace: float) -> str:
    moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=grace)
    return moment.isoformat(timespec="microseconds")
