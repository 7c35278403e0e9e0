"""How a schedule starts a pipeline or a look: a process of its own, which lives on when the scheduler dies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.starting import command_of, param_words, start_alone
from nbmlops.store.processes import Process, process_of

if TYPE_CHECKING:
    import subprocess

    from nbmlops.pipelines.scheduling.records import Firing

FOLDER = "scheduler"
"""Below the workspace: what pipelines print while they run."""
TAIL = 2000
"""So many characters of what a pipeline printed last are looked at when it failed."""


def cause_of(firing: Firing) -> str:
    """Return the words by which a pipeline run, or a look, names what started it; no two firings have the same.

    A look is by its cause alone: the number of the firing makes it the only one.
    """
    if firing.monitor is not None:
        return f"{firing.words}, firing {firing.id}"
    return f"schedule {firing.schedule}, {firing.words}"


class Starter:
    """Starts pipelines of one workspace, and tells how those ended that it has started.

    Parameters
    ----------
    workspace : Path
        The ``.nbmlops`` folder.
    """

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, firing: Firing, file: str, params: dict[str, Any]) -> Process:
        """Start the pipeline, or the look, of a firing; gives its process.

        Raises
        ------
        OSError
            The system starts no process, or the pipeline's folder is gone.
        """
        folder = Path(file).parent
        words = ["pipelines", "run", file, "--cause", cause_of(firing), *param_words(params)]
        if firing.monitor is not None:
            folder = self.workspace.parent
            words = ["monitors", "run", "--cause", cause_of(firing), "--", firing.monitor]
        log = self._log(firing.id)
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as out:
            child = start_alone(command_of(self.workspace, *words), folder, out)
        self._children[firing.id] = child
        return process_of(child.pid)

    def is_ours(self, firing: int) -> bool:
        """Tell whether a firing was started here."""
        return firing in self._children

    def has_children(self) -> bool:
        """Tell whether something that was started here is not over, or its end not noted yet."""
        return bool(self._children)

    def ended(self, firing: int) -> int | None:
        """Return the exit code of a pipeline that was started here; None while it runs."""
        return self._children[firing].poll()

    def forget(self, firing: int) -> None:
        """Take away what is kept of a firing that is over."""
        self._children.pop(firing, None)
        self._log(firing).unlink(missing_ok=True)

    def printed(self, firing: int) -> str:
        """Return the error that a pipeline printed, or the last of what it printed."""
        try:
            text = self._log(firing).read_bytes()[-TAIL:].decode("utf-8", "replace").strip()
        except OSError:
            return ""
        lines = text.splitlines()
        # the command line says an error as ``Name: message``, with what to do about it indented below
        errors = [at for at, line in enumerate(lines) if line[:1].isupper() and ": " in line]
        return "\n".join(lines[errors[-1] :] if errors else lines[-3:])

    def _log(self, firing: int) -> Path:
        return self.workspace / FOLDER / f"{firing}.log"
