"""The object that ``%load_ext nbmlops`` makes: it follows the shell's cells and holds this notebook's workspace."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from nbmlops.api import pin, workspace
from nbmlops.capture.cells import ExecutedCell
from nbmlops.config import find_workspace
from nbmlops.display.card import CardView
from nbmlops.errors import NbmlopsError
from nbmlops.magics.directives import blank_head, directive_of
from nbmlops.tracking.notebook import Notebook
from nbmlops.tracking.recorder import EXPERIMENT_VARIABLE, NOTEBOOK_VARIABLE, PARENT_VARIABLE
from nbmlops.tracking.scope import describe_error, status_of

if TYPE_CHECKING:
    from nbmlops.records import Status
    from nbmlops.tracking.directive import Directive
    from nbmlops.tracking.report import CellReport
    from nbmlops.workspaces import Workspace

_NAME = "_nbmlops_session"


class Session:
    """One notebook's connection to its workspace.

    Parameters
    ----------
    shell : InteractiveShell
        The shell whose cells are followed.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.workspace: Workspace = workspace(create=True)
        self.notebook = Notebook(shell.user_ns, lambda: self.workspace.recorder)
        self.notebook.path = notebook_path(shell.user_ns)
        self.notebook.experiment = os.environ.get(EXPERIMENT_VARIABLE) or experiment_name(self.notebook.path)
        self.notebook.is_showing = self.is_showing
        self._outermost: Any = None
        self.notebook.batch_run = os.environ.get(PARENT_VARIABLE) or None

    def attach(self) -> None:
        """Follow the shell's cells from now on."""
        pin(self.workspace)
        self.notebook.start()
        # at the end: behind IPython's own clean-up of leading blank lines and prompts
        self.shell.input_transformers_cleanup.append(blank_head)
        self.shell.events.register("pre_run_cell", self.before_cell)
        self.shell.events.register("post_run_cell", self.after_cell)
        self._catch_up()

    def _catch_up(self) -> None:
        """Take the cells that ran before by their text, and follow the rest of the one that loads nbmlops."""
        running = running_cell()
        inputs = list(enumerate(getattr(self.shell.history_manager, "input_hist_raw", [])))[1:]
        if running is not None and inputs and inputs[-1][1] == running.raw_cell:
            inputs = inputs[:-1]
        for number, raw in inputs:
            cell = ExecutedCell(raw, self._transformed(SimpleNamespace(raw_cell=raw)), number)
            if not cell.is_only_own_magics:
                self.notebook.history.took_place(cell)
        if running is not None and not running.silent:  # of a silent one, as an engine sends it, IPython tells no end
            self.before_cell(running, early=True)

    def detach(self) -> None:
        """Leave the shell as it was."""
        self.notebook.stop()
        pin(None)
        while blank_head in self.shell.input_transformers_cleanup:
            self.shell.input_transformers_cleanup.remove(blank_head)
        for event, callback in (("pre_run_cell", self.before_cell), ("post_run_cell", self.after_cell)):
            if callback in self.shell.events.callbacks[event]:
                self.shell.events.unregister(event, callback)

    def before_cell(self, info: Any, *, early: bool = False) -> None:
        """Note what a cell starts from; IPython's ``pre_run_cell``. ``early`` where it has begun already."""
        if self._outermost is not None:
            return  # a cell that another one runs, such as by %rerun, is part of that one
        self._outermost = info
        try:
            directive, word = self.directive(info.raw_cell)
            if word is not None:
                _say(word)
            cell = ExecutedCell(
                info.raw_cell,
                self._transformed(info),
                cell_id=getattr(info, "cell_id", None),
                early=early,
            )
            self.notebook.before_cell(cell, directive)
        except NbmlopsError as error:
            _say(f"not tracked: {error}")
        except Exception as error:  # noqa: BLE001 - a defect of ours must not stop the user's cell
            _say(f"not tracked, through a defect of nbmlops: {type(error).__name__}: {error}")
            if os.environ.get("NBMLOPS_TRACEBACK"):
                self.shell.showtraceback()

    def directive(self, raw_cell: str) -> tuple[Directive | None, str | None]:
        """Return what a cell asks for, and a word to the user where it asks in vain."""
        return directive_of(raw_cell)

    def after_cell(self, result: Any) -> None:
        """Close the cell's run and show its card; IPython's ``post_run_cell``."""
        # by the text, not the object: where IPython cannot show an exception, it makes the record anew
        if self._outermost is None or result.info.raw_cell != self._outermost.raw_cell:
            return
        self._outermost = None
        try:
            status, error = outcome(result)
            # the number is that of the result: before the cell runs, IPython 9.18 has counted on already
            self.show(self.notebook.after_cell(status, error, result.execution_count, result.result))
        except NbmlopsError as problem:
            _say(f"not recorded: {problem}")
        except KeyboardInterrupt:
            _say("stopped while the run was closed: its data and metrics were not recorded")
        except Exception as problem:  # noqa: BLE001 - as above
            _say(f"not recorded, through a defect of nbmlops: {type(problem).__name__}: {problem}")
            if os.environ.get("NBMLOPS_TRACEBACK"):
                self.shell.showtraceback()

    def is_showing(self) -> bool:
        """Tell whether the shell is writing a value or a traceback, as it does to a terminal."""
        shell = self.shell
        displays = (getattr(shell.displayhook, "is_active", False), getattr(shell.display_pub, "is_publishing", False))
        return any(displays) or bool(getattr(shell, "showing_traceback", False))

    def show(self, reports: list[CellReport]) -> None:
        """Show a card for each report."""
        if not reports:
            return
        from IPython.display import display

        for report in reports:
            display(CardView(report))

    def _transformed(self, info: Any) -> str:
        transformed = getattr(info, "transformed_cell", None)
        if transformed is None:
            try:
                transformed = self.shell.transform_cell(info.raw_cell)
            except Exception:  # noqa: BLE001 - the user's transformers may do anything
                return str(info.raw_cell)
        return str(transformed)


def running_cell() -> Any:
    """Return what IPython knows of the cell that is running, the outermost one; None outside of any."""
    frame, found = sys._getframe(), None  # noqa: SLF001 - nothing else tells
    while frame is not None:
        if frame.f_code.co_name == "run_cell_async":
            found = frame.f_locals.get("info") or found
        frame = frame.f_back  # type: ignore[assignment]
    return found


def session_of(shell: Any) -> Session | None:
    """Return the session of a shell, or None where nbmlops is not loaded."""
    session: Session | None = getattr(shell, _NAME, None)
    return session


def load(shell: Any, kind: type[Session] = Session) -> None:
    """Make the session of a shell, its magics, and say one line; loading again changes nothing."""
    from nbmlops.display.lines import workspace_line
    from nbmlops.magics.register import register_magics

    if getattr(shell, _NAME, None) is not None:
        return
    was_there = find_workspace() is not None
    session = kind(shell)
    summary = session.workspace.summary()
    session.attach()
    register_magics(shell, session)
    setattr(shell, _NAME, session)
    if not os.environ.get(PARENT_VARIABLE):
        print(workspace_line(summary, session.notebook.experiment, is_new=not was_there))  # noqa: T201 - the one line


def unload(shell: Any) -> None:
    """Take everything of ours out of a shell."""
    session = getattr(shell, _NAME, None)
    if session is None:
        return
    from nbmlops.magics.register import unregister_magics

    session.detach()
    unregister_magics(shell)
    session.workspace.recorder.background.wait()
    setattr(shell, _NAME, None)


def outcome(result: Any) -> tuple[Status, str | None]:
    """Return how a cell ended, and its error in one line."""
    error = result.error_before_exec or result.error_in_exec
    if result.success or error is None:
        return "finished", None
    status = status_of(error)
    return status, describe_error(error) if status != "finished" else None


def notebook_path(namespace: dict[str, Any]) -> str | None:
    """Return the notebook's path as its front end says it, or None: never the launcher of the kernel."""
    said = (
        namespace.get("__vsc_ipynb_file__") or os.environ.get(NOTEBOOK_VARIABLE) or os.environ.get("JPY_SESSION_NAME")
    )
    return str(said) if said and str(said).endswith(".ipynb") else None


def experiment_name(path: str | None) -> str | None:
    """Return the experiment that a notebook's runs join by default: its name without the ending."""
    return Path(path).stem if path else None


def _say(words: str) -> None:
    print(f"nbmlops: {words}", file=sys.stderr)  # noqa: T201 - a word to the user, beside the cell's own output
