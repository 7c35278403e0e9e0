"""By files: what fits a pattern holds something else than before. Times alone are no change."""

from __future__ import annotations

import glob
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from nbmlops.pipelines.contents import Contents
from nbmlops.pipelines.paths import has_pattern
from nbmlops.pipelines.scheduling.records import Cause
from nbmlops.tracking.inputs import stamp_of

if TYPE_CHECKING:
    import datetime

    from nbmlops.pipelines.scheduling.records import Misfire
    from nbmlops.pipelines.scheduling.triggers import Look
    from nbmlops.store.database import Database

SETTLED_SECONDS = 1.0
"""For so long files have to stand still before they are read: what is being copied is not there yet."""

Stamps = tuple[tuple[str, tuple[int, int]], ...]


class Settling:
    """What one scheduler remembers of files: since when they stand still, and what they held then.

    Parameters
    ----------
    seconds : float
        For how long they have to stand still; 0 for who only looks.
    """

    def __init__(self, seconds: float = SETTLED_SECONDS) -> None:
        self._seconds = seconds
        self._contents = Contents()
        self._seen: dict[str, tuple[Stamps, float]] = {}
        self._read: dict[str, tuple[Stamps, str | None]] = {}
        self.waits = False
        """Whether some files have changed and do not stand still long enough yet."""

    def fingerprint(self, pattern: str) -> str | None:
        """Return what files hold; None where there are none, or where they may be half written."""
        stamps = _stamps(pattern)
        if pattern in self._read and self._read[pattern][0] == stamps:
            return self._read[pattern][1]
        before, since = self._seen.get(pattern, (None, 0.0))
        if before != stamps and self._seconds:
            self._seen[pattern] = (stamps, time.monotonic())
            self.waits = self.waits or bool(stamps)
            return None
        if time.monotonic() - since < self._seconds:
            self.waits = self.waits or bool(stamps)
            return None
        found = content_of(pattern, self._contents)
        if _stamps(pattern) != stamps:
            self.waits = True
            return None
        self._read[pattern] = (stamps, found)
        return found


@dataclass(frozen=True)
class FileTrigger:
    """A change of what a file, a folder or the files of a pattern hold.

    Parameters
    ----------
    pattern : str
        An absolute path, in which ``*``, ``?``, ``[…]`` and ``**`` stand for what they do in a shell.
    """

    kind: ClassVar[str] = "file"
    misfire: ClassVar[Misfire] = "latest"

    pattern: str

    @property
    def words(self) -> str:
        """The pattern."""
        return f"a change of {self.pattern}"

    @property
    def facts(self) -> dict[str, Any]:
        """The pattern."""
        return {"pattern": self.pattern}

    def begin(self, database: Database, now: datetime.datetime) -> dict[str, Any]:  # noqa: ARG002 - the contract's
        """Return what the files hold now."""
        return {"fingerprint": content_of(self.pattern, Contents())}

    def causes(self, look: Look) -> list[Cause]:
        """Return the change, where there is one; files that are all gone wait for new ones."""
        found = look.settling.fingerprint(self.pattern)
        before = look.last["facts"].get("fingerprint") if look.last else look.since["fingerprint"]
        if found is None or found == before:
            return []
        number = look.count + 1
        # numbered, since what a file held once it may hold again: that is a change too
        words = f"change {number} of {os.path.basename(self.pattern)}"  # noqa: PTH119 - it may be a pattern
        at = look.now.isoformat(timespec="microseconds")
        return [Cause(f"change {number}", at, words, facts={"fingerprint": found})]

    def next(self, look: Look) -> datetime.datetime | None:  # noqa: ARG002 - the contract's
        """Return None: nobody knows when a file changes."""
        return None


def content_of(pattern: str, contents: Contents) -> str | None:
    """Return the fingerprint of what a path or pattern stands for; None where there is nothing."""
    folder = Path(pattern).anchor or "."
    return contents.of_named(pattern, Path(folder))


def _stamps(pattern: str) -> Stamps:
    """Return time and size of each file, by name: cheap to ask for, and what differs is read."""
    from nbmlops.pipelines.contents import files_in

    if not has_pattern(pattern):
        path = Path(pattern)
        names = list(files_in(path)) if path.is_dir() else [pattern]
    else:
        names = sorted(name for name in glob.iglob(pattern, recursive=True) if os.path.isfile(name))  # noqa: PTH113, PTH207
    found = ((name, stamp_of(name)) for name in names)
    return tuple((name, stamp) for name, stamp in found if stamp is not None)
