"""The process of a replay: ``python -m nbmlops.magics.replayed REQUEST`` runs a slice behind the wall and reports.

It is the notebook's own capture that looks on: the cells run in an IPython shell with nbmlops loaded, in a workspace of
its own inside the scratch folder, so what is compared was captured twice by the same code.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.config import NAMES_VARIABLE
from nbmlops.replay.redirect import Redirect
from nbmlops.replay.refusing import Refusals, Refused
from nbmlops.wall import DEVICES, SHARED_MEMORY, programs_of_python, raise_wall

if TYPE_CHECKING:
    from nbmlops.tracking.directive import Directive


NOTEBOOK_SHELL = "ipykernel.zmqshell.ZMQInteractiveShell"


def main(request_file: str) -> int:
    """Run the slice that a request describes; write ``result.json`` beside it."""
    request = json.loads(Path(request_file).read_text(encoding="utf-8"))
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _silence()
    say = _Reports(reports)
    scratch = request["scratch"]
    writable = [scratch, SHARED_MEMORY, *DEVICES]
    gaps: list[str] = ["everything: it was allowed"]
    refusals = Refusals(writable, lambda what: say(refused=what))
    if not request["allow"]:
        gaps = raise_wall([scratch], programs_of_python())
        refusals.install()
    redirect = Redirect(request["copies"], request["folders"])
    redirect.install()
    sys.path[:0] = [folder for folder in request["module_folders"] if folder not in sys.path]
    result: dict[str, Any] = {"gaps": gaps, "error": None}
    try:
        result.update(_Replaying(request, redirect, say).run())
    except Exception as error:  # noqa: BLE001 - whatever goes wrong here is the verdict's reason
        result["error"] = {"text": f"{type(error).__name__}: {error}", "cell": None, "refused": False}
    result["refused"] = refusals.noted
    Path(request_file).with_name("result.json").write_text(json.dumps(result), encoding="utf-8")
    say(done=True)
    # joblib's workers and threads of the user's must not hold the verdict up
    os._exit(0)


class _Reports:
    """One JSON value a line, to the process that waits."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __call__(self, **words: Any) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(json.dumps(words) + "\n")
            self._stream.flush()


class _Stream:
    """Standard output of the replay: swallowed, but listened to by the capture as in a notebook."""

    encoding = "utf-8"
    errors = "replace"

    def write(self, text: str) -> int:
        """Take a text."""
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Take texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Have nothing to do."""

    def isatty(self) -> bool:
        """Tell that nobody looks on."""
        return False

    def writable(self) -> bool:
        """Tell that it takes text."""
        return True

    def fileno(self) -> int:
        """Return where programs may write."""
        return 1


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    sys.stdout = _Stream()


class _Replaying:
    def __init__(self, request: dict[str, Any], redirect: Redirect, say: _Reports) -> None:
        self._request = request
        self._say = say
        from nbmlops.capture.readers import translate_readers

        translate_readers(redirect.path)

    def run(self) -> dict[str, Any]:
        """Run the cells in order; give what the capture noted of the last one."""
        from nbmlops.capture.randomness import restore

        shell, session = _shell(self._request["shell"], is_batch=self._request["batch"])
        cells = self._request["cells"]
        for position, cell in enumerate(cells):
            is_target = position == len(cells) - 1 and not self._request["batch"]
            self._say(cell=position)
            os.environ[NAMES_VARIABLE] = json.dumps(cell["names"])
            states = {name: base64.b64decode(text) for name, text in cell["states"].items()}
            session.prepare(lambda states=states: restore(states, shell.user_ns), is_target=is_target)
            if cell["execution_count"] is not None:
                shell.execution_count = cell["execution_count"]
            result = shell.run_cell(cell["code"], store_history=True, cell_id=cell["cell_id"])
            error = result.error_before_exec or result.error_in_exec
            if error is not None and not isinstance(error, SystemExit) and not cell["failed"]:
                return {"error": _described(error, position)}
        return session.outcome()


def _described(error: BaseException, position: int) -> dict[str, Any]:
    refused = False
    seen: BaseException | None = error
    while seen is not None and not refused:
        refused = isinstance(seen, Refused | PermissionError) or "readonly database" in str(seen)
        seen = seen.__cause__ or seen.__context__
    return {
        "text": f"{type(error).__name__}: {error}"[:1000],
        "cell": position,
        "refused": refused,
        "assumption": isinstance(error, AssertionError),
    }


def _shell(name: str, *, is_batch: bool) -> tuple[Any, Any]:
    """Make an IPython shell that shows nothing and remembers nothing, with nbmlops loaded.

    Libraries ask the class of the shell by its ``name`` how to print: it is that of the notebook's.
    """
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Quiet(DisplayHook):  # type: ignore[misc]
        def write_output_prompt(self) -> None:
            """Show nothing."""

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            """Show nothing."""

    class Nobody(DisplayPublisher):  # type: ignore[misc]
        def publish(self, *args: Any, **kwargs: Any) -> None:
            """Show nothing."""

        def clear_output(self, wait: bool = False) -> None:
            """Have nothing to clear."""

    class Shell(InteractiveShell):  # type: ignore[misc]
        displayhook_class = Quiet
        display_pub_class = Nobody

        def enable_gui(self, gui: Any = None) -> None:
            """Have no window."""

        def init_history(self) -> None:
            super().init_history()
            self.history_manager.enabled = False

        def showtraceback(self, *args: Any, **kwargs: Any) -> None:
            """Leave it to the verdict."""

        def showsyntaxerror(self, *args: Any, **kwargs: Any) -> None:
            """Leave it to the verdict."""

    Shell.__module__, _, Shell.__qualname__ = (name or NOTEBOOK_SHELL).rpartition(".")
    Shell.__name__ = Shell.__qualname__
    if Shell.__name__.startswith("ZMQ"):
        Shell.kernel = None  # that a shell has one tells pandas that there is no terminal
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    InteractiveShell._instance = None  # noqa: SLF001 - the first shell of this process is ours
    shell = Shell.instance(config=config)
    with shell.builtin_trap:  # what is imported for the registry asks for the shell, too, pandas among it
        session = _session(shell, is_batch=is_batch)
    return shell, session


def _session(shell: Any, *, is_batch: bool) -> Any:
    import nbmlops.magics.session as sessions

    class ReplaySession(sessions.Session):
        """Tracks the last cell, and puts the generators back before each."""

        def __init__(self, shell: Any) -> None:
            super().__init__(shell)
            self._restore: Any = None
            self._is_target = False

        def prepare(self, restore: Any, *, is_target: bool) -> None:
            """Say what the next cell starts from."""
            self._restore, self._is_target = restore, is_target

        def before_cell(self, info: Any, *, early: bool = False) -> None:
            if self._outermost is None and self._restore is not None:
                restore, self._restore = self._restore, None
                restore()
            super().before_cell(info, early=early)

        def directive(self, raw_cell: str) -> tuple[Directive | None, str | None]:
            from nbmlops.tracking.directive import Directive

            directive, word = super().directive(raw_cell)
            return (directive or Directive()) if self._is_target else None, word

        def show(self, reports: list[Any]) -> None:
            """Show no card."""

        def outcome(self) -> dict[str, Any]:
            """Return what was captured of the target."""
            recorder = self.workspace.recorder
            if self.notebook.batch_run is not None:
                run = self.notebook.batch_run
                self.notebook.close_batch()
                recorder.writer.end(run, "finished", 0.0, None)
            else:
                run = self.workspace.runs.get("@last").id
                run = self.workspace.recorder.reader.by_ids([run])[0].parent or run
            recorder.background.wait(300.0)
            from nbmlops.replay.recorded import recorded

            return {"outcome": recorded(recorder.database, run)}

    if is_batch:
        from nbmlops.api import workspace
        from nbmlops.tracking.recorder import PARENT_VARIABLE

        made = workspace(create=True).recorder.open_run("batch", source="papermill")
        os.environ[PARENT_VARIABLE] = made.id
    sessions.load(shell, ReplaySession)
    return sessions.session_of(shell)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
