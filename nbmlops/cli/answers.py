"""What a command gives back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from nbmlops.integration.records import EXIT_CODES

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.cli.app import Session

ANSWERED_NO = EXIT_CODES["failed"]
"""The exit code of a command that worked, and whose answer is no; 1 is that of one that did not work."""


class Answer:
    """A view, and the exit code where it is not 0."""

    def __init__(self, view: Any, code: int = 0) -> None:
        self.view = view
        self.code = code


def tell_written(session: Session, out: Path, what: str = "") -> None:
    """Say on standard error that a file was written, beside the answer; a script, which asks for JSON, knows."""
    if not session.as_json:
        print(f"{f'{what} ' if what else ''}written to {out}", file=sys.stderr)
