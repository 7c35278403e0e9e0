"""What a command gives back."""

from __future__ import annotations

from typing import Any

from nbmlops.integration.records import EXIT_CODES

ANSWERED_NO = EXIT_CODES["failed"]
"""The exit code of a command that worked, and whose answer is no; 1 is that of one that did not work."""


class Answer:
    """A view, and the exit code where it is not 0."""

    def __init__(self, view: Any, code: int = 0) -> None:
        self.view = view
        self.code = code
