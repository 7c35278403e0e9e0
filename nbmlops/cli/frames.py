"""A frame by a word of the command line: a variable of the notebook, a file, or a version of a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


def frame_named(session: Session, word: str) -> Any:
    """Return what a word means; a workspace is only opened for a version of a data set."""
    from nbmlops.datasets.meant import frame_meant

    def load(version: str) -> Any:
        return session.open().datasets.load(version)

    return session.namespace[word] if word in session.namespace else frame_meant(word, load)
