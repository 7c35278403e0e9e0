"""What the papermill engine says to a kernel before the first cell and after the last."""

from __future__ import annotations

from typing import Any


def begin(shell: Any) -> None:
    """Load the extension without a word; the environment names the notebook's run."""
    from nbmlops.magics.session import load

    load(shell)


def end(shell: Any) -> None:
    """Write what the notebook's own cells did, and wait for what is still to be written."""
    from nbmlops.magics.session import session_of

    session = session_of(shell)
    if session is not None:
        session.notebook.close_batch()
        session.workspace.recorder.background.wait()
