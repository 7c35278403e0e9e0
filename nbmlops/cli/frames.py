"""What a word of the command line stands for: a variable of the notebook, else a frame or a model that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


def frame_named(session: Session, word: str) -> Any:
    """Return the frame: of a variable, a file, or a version of a data set, for which alone a workspace is opened."""
    from nbmlops.datasets.meant import frame_meant

    def load(version: str) -> Any:
        return session.open().datasets.load(version)

    return session.namespace[word] if word in session.namespace else frame_meant(word, load)


def model_named(session: Session, word: str) -> Any:
    """Return the model: of a variable, or a registered one."""
    return session.namespace[word] if word in session.namespace else session.open().models.load(word)
