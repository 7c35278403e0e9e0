"""What lets monitors look by themselves: the scheduler of the workspace, as far as monitors know it."""

from __future__ import annotations

from typing import Any, Protocol


class Clock(Protocol):
    """Keeps the time for monitors; it stands beside them, so neither imports the other."""

    def look(self, monitor: str, *, misfire: str | None = None, **when: Any) -> dict[str, Any]:
        """Return the row of a schedule by which a monitor looks; it is written together with the monitor.

        Raises
        ------
        InvalidInput
            What is said of when cannot be read.
        """

    def looks(self) -> dict[str, tuple[str, str | None, str]]:
        """Return of each monitor that looks by itself when it does, in words, when next, and what is missing for it."""
