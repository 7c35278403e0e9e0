"""``nbmlops pipelines schedule``, ``schedules``, ``unschedule``, ``pause`` and ``unpause``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbmlops.cli.pipeline_params import PARAMS, read_params
from nbmlops.cli.runs import confirm
from nbmlops.display.schedule_views import ScheduleTable, next_words
from nbmlops.display.views import Message
from nbmlops.pipelines.definition import FILE
from nbmlops.pipelines.scheduling.records import MISFIRES

if TYPE_CHECKING:
    from nbmlops.cli.app import Session

_SCHEDULE = click.argument("schedule", metavar="NAME")


@click.command()
@click.argument("file", default=FILE, type=click.Path(path_type=Path))
@PARAMS
@click.option("--name", metavar="NAME", help="The schedule's name; the pipeline's by default.")
@click.option("--cron", metavar='"M H D M W"', help="Times as in crontab, or @daily.")
@click.option("--timezone", metavar="ZONE", help="Whose clock: Europe/Berlin; this machine's by default.")
@click.option("--on-file", metavar="GLOB", help="Started when what a file, a folder or a pattern holds has changed.")
@click.option("--on-dataset", metavar="DATASET", help="Started by a new version of a data set.")
@click.option("--on-pipeline", metavar="PIPELINE", help="Started when another pipeline has finished.")
@click.option("--on-event", metavar="KIND[:NAME]", help="Started by each such event; its payload gives parameters.")
@click.option("--on-alert", metavar="MONITOR", help="Started by a monitor's alerts: --on-event alert:MONITOR.")
@click.option("--on-labels", metavar="QUEUE", help="Started by new labels: --on-event labels:QUEUE.")
@click.option(
    "--misfire",
    type=click.Choice(MISFIRES),
    help="What is done about what was missed: one run for the latest, none, one for each. "
    "All for events, else latest by default.",
)
@click.option("--yes", is_flag=True, help="Replace a schedule of the same name without asking.")
@click.pass_obj
def schedule(
    session: Session,
    file: Path,
    params: tuple[str, ...],
    name: str | None,
    cron: str | None,
    timezone: str | None,
    on_file: str | None,
    on_dataset: str | None,
    on_pipeline: str | None,
    on_event: str | None,
    on_alert: str | None,
    on_labels: str | None,
    misfire: str | None,
    yes: bool,
) -> Message:
    """Have a pipeline started by the clock, by what changes, or by what happens. The nbmlops scheduler does it.

    What comes after this command counts, and starts the pipeline once.
    """
    pipelines = session.open(create=True).pipelines
    given = read_params(params)
    called = name or pipelines.read(file, given).name
    there = {one.name: one for one in pipelines.schedules()}
    if called in there:
        confirm(session, yes, f"Replace the schedule {called} ({there[called].words})?")
    made = pipelines.schedule(
        file,
        given,
        name=called,
        cron=cron,
        timezone=timezone,
        on_file=on_file,
        on_dataset=on_dataset,
        on_pipeline=on_pipeline,
        on_event=on_event,
        on_alert=on_alert,
        on_labels=on_labels,
        misfire=misfire,
        replace=called in there,
    )
    lines = [
        f"{made.name}: {made.pipeline} is started by {made.words}",
        made.missing,
        f"first: {next_words(made)}" if made.next else "",
        "start the scheduler: nbmlops scheduler",
    ]
    return Message(made.to_json(), "\n".join(line for line in lines if line))


@click.command()
@click.pass_obj
def schedules(session: Session) -> ScheduleTable:
    """List the schedules: what starts which pipeline, when next, and what came of it last."""
    return ScheduleTable(session.open().pipelines.schedules())


@click.command()
@_SCHEDULE
@click.pass_obj
def unschedule(session: Session, schedule: str) -> Message:
    """Take a schedule away; what it has started goes on, and stays in nbmlops scheduler log."""
    found = session.open().pipelines.unschedule(schedule)
    did = f"starts {found.pipeline}" if found.monitor is None else f"has {found.monitor} look"
    return Message(found.to_json(), f"{found.name} {did} no more")


@click.command()
@_SCHEDULE
@click.pass_obj
def pause(session: Session, schedule: str) -> Message:
    """Let a schedule rest."""
    found = session.open().pipelines.pause(schedule)
    return Message(found.to_json(), f"{found.name} rests; let it go on: nbmlops pipelines unpause {found.name}")


@click.command()
@_SCHEDULE
@click.pass_obj
def unpause(session: Session, schedule: str) -> Message:
    """Let a schedule go on; what came up while it rested starts nothing."""
    found = session.open().pipelines.unpause(schedule)
    after = f"; next: {next_words(found)}" if found.next else ""
    return Message(found.to_json(), f"{found.name} goes on{after}")


COMMANDS = (schedule, schedules, unschedule, pause, unpause)
