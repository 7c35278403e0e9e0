"""``nbmlops scheduler``."""

from __future__ import annotations

import collections
import contextlib
import datetime
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.answers import Answer
from nbmlops.cli.groups import WordGroup
from nbmlops.cli.limits import LIMIT, SECONDS, most
from nbmlops.display.firing_views import FiringTable
from nbmlops.display.format import count
from nbmlops.display.messages import Message
from nbmlops.display.schedule_views import ScheduleTable
from nbmlops.display.terminal import plain
from nbmlops.errors import AlreadyExists, NotFound
from nbmlops.pipelines.scheduling.records import MONITOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nbmlops.cli.app import Session
    from nbmlops.pipelines.scheduling.records import Deed

KEPT = 1000
"""So many lines are kept for ``--json`` at most."""


@click.group(cls=WordGroup, invoke_without_command=True)
@click.option("--once", is_flag=True, help="Do what is due, wait for it, and end.")
@click.option(
    "--poll", type=SECONDS, default=5.0, metavar="SECONDS", help="Between two looks; due times are met anyway."
)
@click.option("--only", multiple=True, metavar="NAME", help="Only this schedule; may be repeated.")
@click.option("--retry-interrupted", is_flag=True, help="First start again what was interrupted.")
@click.pass_context
def scheduler(
    context: click.Context, once: bool, poll: float, only: tuple[str, ...], retry_interrupted: bool
) -> Answer | None:
    """Start pipelines, and have monitors look, as their schedules say, until Ctrl-C.

    Each cause counts once, whatever dies meanwhile. Pipelines and looks run in processes of their own: they go on when
    the scheduler ends, and the next one takes them up. There is one scheduler in a workspace. With --once: exit code 1
    where one failed.
    """
    if context.invoked_subcommand is not None:
        return None
    session: Session = context.obj
    found = session.open().scheduler
    lines = _Lines(session)
    if not once:
        lines.say(f"{count(len(found.names()), 'schedule')}; look at what is next: nbmlops scheduler next")
    with _stopped_by_signals() as stopped:
        found.run(
            once=once, poll=poll, only=only, retry_interrupted=retry_interrupted, told=lines.told, stopped=stopped
        )
    running = [firing for firing in found.log(limit=50) if firing.status == "running"]
    left = f"; {_counted([firing.schedule for firing in running])} still running" if running else ""
    done = f"{_counted(lines.started_by)} started, {lines.failed} failed{left}"
    record = {"started": lines.started, "failed": lines.failed, "done": [deed.to_json() for deed in lines.deeds]}
    return Answer(Message(record, done if once else f"the scheduler has ended: {done}"), int(once and lines.failed > 0))


@scheduler.command("next")
@click.pass_obj
def next_(session: Session) -> ScheduleTable:
    """Say what will be done next, and whether a scheduler is at work."""
    found = session.open().scheduler
    return ScheduleTable(found.next(), found.at_work(), is_plan=True)


@scheduler.command()
@click.argument("schedule", required=False)
@LIMIT
@click.pass_obj
def log(session: Session, schedule: str | None, limit: int | None) -> FiringTable:
    """List what schedules have started, what was missed and what failed, newest first."""
    return FiringTable(session.open().scheduler.log(schedule, most(session, limit)))


@scheduler.command("print")
@click.argument("kind", type=click.Choice(["crontab", "systemd"]))
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Write files into this folder instead.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.pass_obj
def print_(session: Session, kind: str, out: Path | None, force: bool) -> Message:
    """Print the lines of a crontab, or units of systemd, that do what the scheduler would.

    They start nbmlops scheduler --once --only=NAME, which asks the registry first: a job runs once, also beside a
    scheduler that is at work. Units of a user go to ~/.config/systemd/user.
    """
    from nbmlops.pipelines.scheduling.printing import crontab, systemd_units

    workspace = session.open()
    schedules = workspace.pipelines.schedules()
    if kind == "crontab":
        files = {"crontab": crontab(schedules, workspace.path) + "\n"}
    else:
        files = systemd_units(schedules, workspace.path)
    if out is not None:
        return _written(files, out, force=force)
    if kind == "crontab":
        return Message({"files": files}, files["crontab"].rstrip("\n"))
    text = "\n".join(f"# {name}\n{content}" for name, content in files.items())
    return Message({"files": files}, text or "nothing is scheduled here")


def _written(files: dict[str, str], out: Path, *, force: bool) -> Message:
    if not out.is_dir():
        raise NotFound(f"there is no folder {out}.", "Make it first.")
    there = [name for name in files if (out / name).exists()]
    if there and not force:
        raise AlreadyExists(f"{out / there[0]} is there already.", "Choose another folder, or say --force.")
    for name, content in files.items():
        (out / name).write_text(content, encoding="utf-8")
    timers = " ".join(name for name in files if name.endswith(".timer") or name == "nbmlops-scheduler.service")
    after = f"systemctl --user daemon-reload && systemctl --user enable --now {timers}" if timers else ""
    lines = [str(out / name) for name in files]
    return Message({"files": files, "out": str(out)}, "\n".join([*lines, *([after] if after else [])]))


def _counted(schedules: Iterable[str] | collections.Counter[str]) -> str:
    """Return how many pipelines and looks there are, by the schedules that started them."""
    each = collections.Counter(schedules)
    looks = sum(times for name, times in each.items() if name.startswith(MONITOR))
    pipelines = each.total() - looks
    parts = [count(pipelines, "pipeline")] if pipelines or not looks else []
    return " and ".join([*parts, *([count(looks, "look")] if looks else [])])


class _Lines:
    """A line for each thing that is done: on standard output, or beside it where that holds JSON."""

    def __init__(self, session: Session) -> None:
        self.started = self.failed = 0
        self.started_by: collections.Counter[str] = collections.Counter()
        self.deeds: collections.deque[Deed] = collections.deque(maxlen=KEPT)
        self._keep = session.as_json
        self._out: Any = sys.stderr if session.as_json else None

    def told(self, deed: Deed) -> None:
        """Count and say one thing."""
        self.started += deed.what == "started"
        self.started_by[deed.schedule] += deed.what == "started"
        self.failed += deed.what in ("failed", "interrupted", "trouble")
        if self._keep:
            self.deeds.append(deed)
        first, *more = deed.words.splitlines() or [""]
        self.say(f"{deed.schedule}  {deed.what}  {first}", deed.at)
        for line in more:
            print(f"    {plain(line)}", file=self._out or sys.stdout, flush=True)

    def say(self, words: str, at: str | None = None) -> None:
        """Say something, with the time."""
        moment = datetime.datetime.fromisoformat(at) if at else datetime.datetime.now(datetime.UTC)
        print(f"{moment.astimezone():%Y-%m-%d %H:%M:%S}  {plain(words)}", file=self._out or sys.stdout, flush=True)


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C, and SIGTERM from systemd, end the work between two looks; a second one ends it at once."""
    caught: list[int] = []

    def note(number: int, frame: object) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    def stopped() -> bool:
        return bool(caught)

    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
