"""What a command gives back."""

from __future__ import annotations

from typing import Any


class Answer:
    """A view, and the exit code where it is not 0."""

    def __init__(self, view: Any, code: int = 0) -> None:
        self.view = view
        self.code = code
