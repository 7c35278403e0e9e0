"""The root command, the options that every command takes, and how results and errors leave the process."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.answers import Answer
from nbmlops.cli.groups import WordGroup
from nbmlops.config import HOME_VARIABLE
from nbmlops.errors import NbmlopsError

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace

COMMANDS: dict[str, tuple[str, str]] = {
    "runs": ("nbmlops.cli.runs:runs", "List, look at, compare, mark and put away runs."),
    "models": ("nbmlops.cli.models:models", "Register models, move aliases, look at versions."),
    "reproduce": ("nbmlops.cli.reproduce:reproduce", "Prove runs: replay them in a fresh process, and compare."),
    "why": ("nbmlops.cli.why:why", "Say why a metric differs between two runs, measured by replays."),
    "env": ("nbmlops.cli.env:env", "Look at a run's environment, compare it with this one, build it again."),
    "datasets": ("nbmlops.cli.datasets:datasets", "Save, load and compare versions of data."),
    "drift": ("nbmlops.cli.drift:drift", "Say what differs between current data and a reference."),
    "changes": ("nbmlops.cli.changes:changes", "Say where the mean of a column has changed, row after row."),
    "threats": ("nbmlops.cli.threats:threats", "List rows that do not belong, or contradict what is known."),
    "fairness": ("nbmlops.cli.fairness:fairness", "Say whether a model treats groups alike, and how sure that is."),
    "performance": (
        "nbmlops.cli.performance:performance",
        "Say how well a model does: by window, by slice, and without any truth.",
    ),
    "explain": ("nbmlops.cli.explain:explain", "Say what a model looks at, and whether that has changed."),
    "features": ("nbmlops.cli.features:features", "Define features once, join them right in time for training."),
    "pipelines": (
        "nbmlops.cli.pipelines:pipelines",
        "Run notebooks as the steps of a pipeline; what has not changed is not run again.",
    ),
    "ci": ("nbmlops.cli.ci:ci", "Run what a change touches again, compare it with the base branch, judge it."),
    "scheduler": (
        "nbmlops.cli.scheduler:scheduler",
        "Start pipelines by the clock, by what changes and by events; say what is next.",
    ),
    "events": ("nbmlops.cli.events:events", "Note that something happened, which may start a pipeline."),
    "monitors": ("nbmlops.cli.monitors:monitors", "Watch data against what a model was trained on; raise alerts."),
    "lock": ("nbmlops.cli.lock:lock", "Pin what names stand for in nbmlops.lock, for Git."),
    "init": (
        "nbmlops.cli.workspace:init",
        "Make a workspace here, set what is captured, load nbmlops in every notebook.",
    ),
    "status": ("nbmlops.cli.workspace:status", "Say what the workspace holds."),
    "gc": ("nbmlops.cli.workspace:gc", "Remove what nothing refers to."),
    "backup": ("nbmlops.cli.workspace:backup", "Write one consistent copy of the workspace."),
    "restore": ("nbmlops.cli.workspace:restore", "Read a backup into a workspace."),
    "lab": ("nbmlops.cli.lab:lab", "Open JupyterLab on this folder, with the side panel."),
    "demo": ("nbmlops.cli.demo:demo", "Run the example notebooks on real data into a new workspace."),
    "doctor": ("nbmlops.cli.doctor:doctor", "Check the installation; say what is missing and how to get it."),
}
_GLOBAL_FLAGS = {"--json": "as_json"}
_GLOBAL_VALUES = {"--workspace": "workspace", "-w": "workspace"}


@dataclass
class Session:
    """What one call of the command line shares: how to answer, and which workspace is meant."""

    as_json: bool = False
    workspace: str | None = None
    in_notebook: bool = False
    namespace: dict[str, Any] = field(default_factory=dict)
    """The names of the notebook, where a command was said in one."""

    def open(self, *, create: bool = False) -> Workspace:
        """Open the workspace that is meant."""
        from nbmlops.api import workspace

        return workspace(self.workspace, create=create)


@click.group(
    cls=WordGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Every command takes --json (one JSON value on standard output, nothing else) and --workspace FOLDER. "
    "Exit codes: 0 done, 1 error, 2 usage, 3 a check was answered no.",
)
@click.version_option(package_name="nbmlops", message="nbmlops %(version)s")
def root() -> None:
    """Track, compare, register and look after machine learning, from the notebook to production, without a server."""


def main(words: list[str] | None = None) -> int:
    """Run a command; give its exit code."""
    arguments = list(sys.argv[1:] if words is None else words)
    session = Session()
    try:
        arguments = take_globals(arguments, session)
        result = root.main(args=arguments, prog_name="nbmlops", standalone_mode=False, obj=session)
        return _emit(result, session)
    except click.UsageError as error:
        error.show()
        return 2
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print("stopped; nothing more was changed", file=sys.stderr)
        return 1
    except NbmlopsError as error:
        if os.environ.get("NBMLOPS_TRACEBACK"):
            raise
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # the reader has gone (nbmlops runs list | head): not our error; keep Python from flushing into the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def run_words(words: list[str], namespace: dict[str, Any] | None = None) -> Any:
    """Run a command inside of a notebook; give its view, or the value behind ``--json``."""
    session = Session(in_notebook=True, namespace=namespace if namespace is not None else {})
    arguments = take_globals(words, session)
    try:
        result = root.main(args=arguments, prog_name="%nbmlops", standalone_mode=False, obj=session)
    except click.UsageError as error:
        from nbmlops.errors import InvalidInput

        usage = error.ctx.get_usage() if error.ctx else ""
        raise InvalidInput(error.format_message(), usage) from error
    except click.exceptions.Exit:
        return None
    view = result.view if isinstance(result, Answer) else result
    if view is None or isinstance(view, int):
        return None
    return view.to_json() if session.as_json else view


def take_globals(words: list[str], session: Session) -> list[str]:
    """Take the options that every command knows out of the words, wherever they stand.

    Examples
    --------
    >>> session = Session()
    >>> take_globals(["runs", "--json", "list"], session), session.as_json
    (['runs', 'list'], True)
    """
    rest: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *waiting]
            break
        if word in _GLOBAL_FLAGS:
            setattr(session, _GLOBAL_FLAGS[word], True)
        elif name in _GLOBAL_VALUES and (equals or waiting):
            setattr(session, _GLOBAL_VALUES[name], value if equals else waiting.pop(0))
        elif name in _GLOBAL_VALUES:
            raise click.UsageError(f"{name} wants a folder, or set {HOME_VARIABLE}.")
        else:
            rest.append(word)
    return rest


def _emit(result: Any, session: Session) -> int:
    answer = result if isinstance(result, Answer) else Answer(result)
    if isinstance(answer.view, int) and not isinstance(answer.view, bool):
        return answer.view  # click's own exit code, after --help
    if answer.view is not None:
        if session.as_json:
            print(json.dumps(answer.view.to_json(), ensure_ascii=False, allow_nan=False))
        else:
            print(answer.view.text(color=_wants_color()))
    return answer.code


def _wants_color() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
