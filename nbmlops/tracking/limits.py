"""What this process allows to be captured; set by `nbmlops.capture`, read by everything that records."""

from __future__ import annotations

from typing import Any

from nbmlops.config import Capture


class _Limits:
    """The limits in force here."""

    def __init__(self) -> None:
        self.now = Capture()

    def change(self, given: dict[str, Any]) -> Capture:
        """Set what is named, keep the rest; give what holds now."""
        self.now = Capture.parse({**vars(self.now), **given})
        return self.now


notebook_limits = _Limits()
