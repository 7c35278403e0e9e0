"""What the papermill engine says to a kernel before the first cell and after the last."""

from __future__ import annotations

import os
from typing import Any


def begin(shell: Any, environment: dict[str, str]) -> None:
    """Load the extension without a word.

    Parameters
    ----------
    shell : InteractiveShell
        The kernel's.
    environment : dict
        Variables that name the workspace and the notebook's run: a kernel may have been started before they were known.
    """
    from nbmlops.magics.session import load

    os.environ.update(environment)
    load(shell)


def end(shell: Any) -> None:
    """Write what the notebook's own cells did, and wait for what is still to be written."""
    from nbmlops.magics.session import session_of

    session = session_of(shell)
    if session is not None:
        session.notebook.close_batch()
        session.workspace.recorder.background.wait()
