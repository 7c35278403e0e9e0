"""The errors that nbmlops raises: one short message, and what to do next.

The same error is one line in a notebook (IPython calls ``_render_traceback_``), one line and exit code 1 in a shell,
and ``{"error": {"code", "message", "hint"}}`` over REST. Set ``NBMLOPS_TRACEBACK=1`` to see the full traceback.
"""

from __future__ import annotations

import difflib
import os
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class NbmlopsError(Exception):
    """Base of every error that nbmlops raises on purpose.

    Parameters
    ----------
    message : str
        What happened, in one sentence.
    hint : str
        What to do next; may be empty.

    Examples
    --------
    >>> str(NbmlopsError("no run named 'rf4'.", "List them: %runs"))
    "no run named 'rf4'.\\n  List them: %runs"
    """

    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        if os.environ.get("NBMLOPS_TRACEBACK"):
            return traceback.format_exception(self)
        return f"{type(self).__name__}: {self}".splitlines()

    def to_json(self) -> dict[str, str]:
        """Return the error as the record that REST and ``--json`` show."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class NotFound(NbmlopsError, LookupError):
    """Something was named that the workspace does not hold."""

    code = "not_found"


class AlreadyExists(NbmlopsError, ValueError):
    """A name is taken."""

    code = "already_exists"


class InvalidInput(NbmlopsError, ValueError):
    """A value, a name or an option cannot be used."""

    code = "invalid_input"


class MissingExtra(NbmlopsError, ImportError):
    """A package of an extra is not installed."""

    code = "missing_extra"


class Conflict(NbmlopsError, RuntimeError):
    """The state of the workspace does not allow the operation now."""

    code = "conflict"


class Untrusted(NbmlopsError, ValueError):
    """A file holds types that would run code and that nobody has allowed."""

    code = "untrusted"


class Leak(NbmlopsError, ValueError):
    """A feature depends on what came after the label that sees it."""

    code = "leak"


class WorkspaceUnusable(NbmlopsError, OSError):
    """The workspace is missing, read-only, locked, full, corrupt or of a newer release."""

    code = "workspace_unusable"


def nearest(name: str, choices: Iterable[str], limit: int = 3) -> list[str]:
    """Return the choices most like ``name``, best first.

    Examples
    --------
    >>> nearest("chrun", ["churn", "delay"])
    ['churn']
    """
    return difflib.get_close_matches(name, list(choices), n=limit, cutoff=0.5)


def perhaps(name: str, choices: Iterable[str]) -> str:
    """Return a sentence with the nearest real name, to stand behind one that is wrong; empty where none is near.

    Examples
    --------
    >>> perhaps("trian", ["train", "evaluate"]), perhaps("x", ["train"])
    (' Did you mean train?', '')
    """
    close = nearest(name, choices, 1)
    return f" Did you mean {close[0]}?" if close else ""


def did_you_mean(name: str, choices: Iterable[str], listing: str) -> str:
    """Return the hint of a `NotFound`: the nearest real names, and how to list all.

    Examples
    --------
    >>> did_you_mean("chrun", ["churn"], "nbmlops models list")
    "Did you mean 'churn'?  List them: nbmlops models list"
    """
    close = nearest(name, choices)
    question = f"Did you mean {' or '.join(repr(c) for c in close)}?  " if close else ""
    return f"{question}List them: {listing}"
