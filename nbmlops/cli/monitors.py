"""``nbmlops monitors …``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.answers import ANSWERED_NO, Answer
from nbmlops.cli.groups import WordGroup
from nbmlops.cli.limits import LIMIT, most
from nbmlops.cli.runs import confirm
from nbmlops.display.messages import Message
from nbmlops.display.monitor_views import AlertTable, CheckTable, MonitorTable, SelfTestView, look_view
from nbmlops.errors import InvalidInput, NbmlopsError
from nbmlops.features.spans import microseconds
from nbmlops.pipelines.scheduling.records import MISFIRES

if TYPE_CHECKING:
    from nbmlops.cli.app import Session
    from nbmlops.monitoring import Check, Monitors


@click.group(cls=WordGroup)
def monitors() -> None:
    """Watch data against what a model was trained on, and raise alerts."""


@monitors.command()
@click.argument("reference")
@click.option("--name", help="What the monitor is called; the reference's name by default.")
@click.option(
    "--source", default="", metavar="PATTERN", help="Current data: a data set, or files; the newest is meant."
)
@click.option("--time", metavar="COLUMN", help="When a row was.")
@click.option("--trailing", metavar="SPAN", help="Only look at the rows of the last span, such as 7d; needs --time.")
@click.option("--target", metavar="COLUMN", help="What is to be predicted.")
@click.option("--prediction", metavar="COLUMN", help="What was predicted.")
@click.option("--max-age", metavar="SPAN", help="An alert where the newest row is older, such as 2d; needs --time.")
@click.option("--truth", metavar="COLUMN", help="The true value, in the rows where it is known.")
@click.option("--probability", metavar="COLUMN", help="The probability of the positive label that was said.")
@click.option("--positive", metavar="LABEL", help="The label that counts as positive.")
@click.option("--metric", metavar="NAME", help="How well the model does: roc_auc, accuracy, mae; needs a limit.")
@click.option("--floor", type=float, help="What the metric must not fall below; errors must not rise above it.")
@click.option("--drop", type=float, help="By how much the metric may be worse than on the reference.")
@click.option("--tested-on", metavar="DATA", help="Rows with truth and answers: a drop is from these.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Groups that must fare alike; may be repeated.")
@click.option("--gap", type=float, default=0.1, show_default=True, help="How far groups may be apart.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column that is not looked at; may be repeated.")
@click.option("--warn", type=float, default=0.05, show_default=True, help="From which distance drift counts.")
@click.option("--severe", type=float, default=0.1, show_default=True, help="From which distance it is severe.")
@click.option("--notify", multiple=True, metavar="ADDRESS", help="Who is told: env:NAME or keyring:SERVICE/USER.")
@click.option("--cron", metavar='"M H D M W"', help="Look by itself at these times, as in crontab, or @daily.")
@click.option("--timezone", metavar="ZONE", help="Whose clock: Europe/Berlin; this machine's by default.")
@click.option("--on-file", metavar="GLOB", help="Look when what a file, a folder or a pattern holds has changed.")
@click.option("--on-dataset", metavar="DATASET", help="Look at each new version of a data set.")
@click.option("--on-pipeline", metavar="PIPELINE", help="Look when a pipeline has finished.")
@click.option("--misfire", type=click.Choice(MISFIRES), help="What is done about looks that were missed; latest.")
@click.option("--force", is_flag=True, help="Put a monitor of the same name away.")
@click.pass_obj
def create(session: Session, /, reference: str, force: bool, **words: Any) -> MonitorTable:
    """Set up a monitor: nbmlops monitors create delay@champion --source 'data/*.parquet'.

    REFERENCE is a model (what its present version was trained on), a version of a data set, or a file. With --cron or
    --on-… it looks by itself: nbmlops scheduler does it.
    """
    return MonitorTable([session.open().monitors.create(reference, replaces=force, **words)])


@monitors.command("list")
@click.pass_obj
def list_(session: Session) -> MonitorTable:
    """List the monitors, each with its newest look."""
    return MonitorTable(session.open().monitors.list())


@monitors.command()
@click.argument("monitor", required=False)
@click.argument("current", required=False)
@click.option("--all", "is_all", is_flag=True, help="Every monitor that has a source; exit code 1 where a look failed.")
@click.option("--fail-on-drift", is_flag=True, help="Exit with code 3 where something was found.")
@click.option("--cause", default="", metavar="WORDS", help="What has it look; it looks once by each.")
@click.option("--as-of", metavar="TIME", help="The time that counts as now: 2024-01-31T06:00.")
@click.pass_obj
def run(
    session: Session,
    monitor: str | None,
    current: str | None,
    is_all: bool,
    fail_on_drift: bool,
    cause: str,
    as_of: str | None,
) -> Answer:
    """Look once, at the newest data of the monitor's source, or at CURRENT.

    That is a file, or a version of a data set.
    """
    from nbmlops.cli.frames import frame_named

    if is_all == (monitor is not None):
        raise InvalidInput("one monitor is needed, or --all.", "nbmlops monitors run delay   or --all")
    found = session.open().monitors
    failed = False
    if monitor is None:
        looked = [_look(found, one.name, cause=cause, as_of=as_of) for one in found.list() if one.source]
        checks = [check for check, _ in looked]
        failed = any(is_failed for _, is_failed in looked)
    else:
        frame = None if current is None else frame_named(session, current)
        checks = [found.run(monitor, frame, called=current or "", cause=cause, as_of=as_of)]
    drifted = any(one.outcome in ("warn", "severe") for one in checks)
    code = ANSWERED_NO if fail_on_drift and drifted else 0
    return Answer(CheckTable(checks), 1 if failed else code)


def _look(found: Monitors, name: str, **words: Any) -> tuple[Check, bool]:
    """Look once; a look that fails is kept, and keeps no other monitor from looking."""
    before = [check.id for check in found.checks(name, 1)]
    try:
        check = found.run(name, **words)
    except NbmlopsError:
        newest = found.checks(name, 1)
        if [one.id for one in newest] == before or newest[0].outcome != "failed":
            raise
        return newest[0], True
    return check, check.outcome == "failed"


@monitors.command()
@click.argument("monitor")
@LIMIT
@click.pass_obj
def show(session: Session, monitor: str, limit: int | None) -> CheckTable:
    """List the looks of a monitor, newest first, and say when it looks next."""
    workspace = session.open()
    watching = workspace.monitors.get(monitor)
    at_work = workspace.scheduler.at_work() if watching.when else None
    return CheckTable(workspace.monitors.checks(monitor, most(session, limit)), watching, at_work)


@monitors.command()
@click.argument("number", type=int)
@click.pass_obj
def look(session: Session, number: int) -> Any:
    """Show what one look found, in full."""
    return look_view(session.open().monitors.check(number))


@monitors.command()
@click.argument("monitor", required=False)
@click.option("--state", type=click.Choice(["open", "acknowledged", "over"]), help="Only those.")
@LIMIT
@click.pass_obj
def alerts(session: Session, monitor: str | None, state: str | None, limit: int | None) -> AlertTable:
    """List alerts, newest first."""
    return AlertTable(session.open().monitors.alerts(monitor, state, most(session, limit)))


@monitors.command()
@click.argument("number", type=int)
@click.option("--note", default="", help="What was found out.")
@click.pass_obj
def acknowledge(session: Session, number: int, note: str) -> AlertTable:
    """Say that an alert was seen; it is raised again only where it becomes severe."""
    return AlertTable([session.open().monitors.acknowledge(number, note)])


class _Spanned(click.Command):
    """A command with a span of time, which one with a sign is none of: it would be taken for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Say so, before it is looked for among the options."""
        for word in args:
            if word.startswith("-") and word[1:2].isdigit():
                microseconds(word)
        return super().parse_args(ctx, args)


@monitors.command(cls=_Spanned)
@click.argument("monitor")
@click.argument("span")
@click.pass_obj
def mute(session: Session, monitor: str, span: str) -> MonitorTable:
    """Let a monitor tell nobody for a span, such as 2d; it looks on."""
    return MonitorTable([session.open().monitors.mute(monitor, span)])


@monitors.command()
@click.argument("monitor")
@click.pass_obj
def unmute(session: Session, monitor: str) -> MonitorTable:
    """Let a monitor tell again."""
    return MonitorTable([session.open().monitors.unmute(monitor)])


@monitors.command()
@click.argument("monitor")
@click.option("--times", type=click.IntRange(1), default=200, show_default=True, help="How many looks.")
@click.option("--rows", type=click.IntRange(1), help="How many rows each sees; those of the last look by default.")
@click.pass_obj
def test(session: Session, monitor: str, times: int, rows: int | None) -> SelfTestView:
    """Say how many false alarms a monitor raises on its own reference."""
    from tqdm.auto import tqdm

    with tqdm(total=times, unit="look", leave=False, disable=not sys.stderr.isatty(), file=sys.stderr) as bar:
        found = session.open().monitors.test(monitor, times=times, rows=rows, told=lambda *_: bar.update())
    return SelfTestView(found)


@monitors.command()
@click.argument("monitor")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(session: Session, monitor: str, yes: bool) -> Message:
    """Put a monitor away, with what has it look; what it found stays in the registry."""
    found = session.open().monitors
    found.get(monitor)
    confirm(session, yes, f"Put the monitor {monitor} away?")
    found.delete(monitor)
    return Message({"monitor": monitor, "deleted": True}, f"{monitor} is put away")
