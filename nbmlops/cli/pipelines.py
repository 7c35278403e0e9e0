"""``nbmlops pipelines …``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.answers import ANSWERED_NO, Answer
from nbmlops.cli.groups import WordGroup
from nbmlops.cli.limits import LIMIT, most
from nbmlops.cli.pipeline_params import PARAMS, read_params
from nbmlops.cli.pipeline_progress import showing
from nbmlops.cli.schedules import COMMANDS as SCHEDULES
from nbmlops.display.inferred_view import InferredView
from nbmlops.display.pipeline_views import PipelineTable, PipelineView
from nbmlops.display.views import Message
from nbmlops.errors import AlreadyExists
from nbmlops.pipelines.definition import EXECUTION_SECONDS, FILE

if TYPE_CHECKING:
    from nbmlops.cli.app import Session
    from nbmlops.pipelines.records import PipelineRun

_FILE = click.argument("file", default=FILE, type=click.Path(path_type=Path))
_FORCE = click.option("--force", is_flag=True, help="Run every step, cached or not.")
_FROM = click.option("--from", "start", metavar="STEP", help="Run this step, and all that need it, cached or not.")


@click.group(cls=WordGroup)
def pipelines() -> None:
    """Run notebooks as the steps of a pipeline; what has not changed is not run again.

    FILE is a pipeline.yaml, or the folder that holds one. A pipeline run is named as runs are, or @last.
    """


@pipelines.command()
@click.argument("notebooks", nargs=-1, required=True, metavar="NOTEBOOK…", type=click.Path(path_type=Path))
@click.option("--out", default=FILE, type=click.Path(path_type=Path), help="The file that is written; pipeline.yaml.")
@click.option("--execute", is_flag=True, help="Also run the notebooks, in a scratch copy of their folder.")
@click.option(
    "--timeout",
    type=float,
    default=EXECUTION_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="When to stop such a run.",
)
@click.option("--merge", is_flag=True, help="Keep what was written by hand in a file that is there.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def infer(
    session: Session,
    notebooks: tuple[Path, ...],
    out: Path,
    execute: bool,
    timeout: float,
    merge: bool,
    force: bool,
) -> InferredView:
    """Write the pipeline of notebooks, found out from what they read and write.

    Evidence is what earlier runs did, the notebooks' code, and with --execute a run of them all in a scratch copy.
    """
    found = session.open(create=True).pipelines.infer(
        notebooks, out=out, execute=execute, timeout=timeout, merge=merge, replace=force, told=_say
    )
    return InferredView(found, out)


@pipelines.command()
@_FILE
@PARAMS
@_FORCE
@_FROM
@click.pass_obj
def plan(session: Session, file: Path, params: tuple[str, ...], force: bool, start: str | None) -> PipelineView:
    """Say for each step whether it would run or is cached, and why."""
    workspace = session.open(create=True)
    return PipelineView(workspace.pipelines.plan(file, read_params(params), force=force, start=start))


@pipelines.command()
@_FILE
@PARAMS
@_FORCE
@_FROM
@click.option("--only", metavar="STEP", help="Run this step alone: those that it needs have been seen to.")
@click.option("--workers", type=int, metavar="N", help="How many steps run at a time; one a processor by default.")
@click.option("--on", default="", metavar="ENGINE", help="Where: local, dask, or tcp://HOST:PORT of a Dask scheduler.")
@click.option(
    "--checkpoint", is_flag=True, help="Hold what each cell leaves: a failed step goes on at the cell that failed."
)
@click.option("--cause", default="", metavar="WORDS", help="What starts it, where that is not you; noted with the run.")
@click.pass_obj
def run(
    session: Session,
    file: Path,
    params: tuple[str, ...],
    force: bool,
    start: str | None,
    only: str | None,
    workers: int | None,
    on: str,
    checkpoint: bool,
    cause: str,
) -> Answer:
    """Run a pipeline: each step in a process of its own. Steps that do not need each other run at the same time.

    Ctrl-C stops it and keeps what is done: the next run goes on from there. Exit code 3 where only gates failed.
    """
    workspace = session.open(create=True)
    given = read_params(params)
    pipeline = workspace.pipelines.read(file, given)
    with showing(session, pipeline.name) as progress:
        done = workspace.pipelines.run(
            pipeline,
            given,
            force=force,
            start=start,
            only=only,
            workers=workers,
            on=on,
            checkpoint=checkpoint,
            cause=cause,
            told=progress.told,
            began=progress.began,
        )
    return Answer(PipelineView(done), exit_code(done))


@pipelines.command()
@click.argument("run", default="@last", metavar="[RUN]")
@click.pass_obj
def show(session: Session, run: str) -> PipelineView:
    """Show a pipeline run: its steps, how long they took, why they ran or did not."""
    return PipelineView(session.open().pipelines.show(run))


@pipelines.command("list")
@click.argument("pipeline", required=False)
@LIMIT
@click.pass_obj
def list_(session: Session, pipeline: str | None, limit: int | None) -> PipelineTable:
    """List pipeline runs, newest first; those of one PIPELINE by its name."""
    return PipelineTable(session.open().pipelines.list(pipeline, most(session, limit)))


@pipelines.command()
@click.argument("run", default="@last", metavar="[RUN]")
@click.pass_obj
def cancel(session: Session, run: str) -> Message:
    """Stop a pipeline run that goes on in another process, as Ctrl-C does."""
    found = session.open().pipelines.cancel(run)
    return Message(found.to_json(), f"asked {found.name} to stop; look at it: nbmlops pipelines show {found.name}")


@pipelines.command()
@click.argument("target", type=click.Choice(["airflow", "kubeflow"]))
@_FILE
@PARAMS
@click.option("--out", type=click.Path(path_type=Path), help="The file; on the screen without it.")
@click.option("--schedule", metavar="CRON", help="When it runs, for Airflow: '0 3 * * *'.")
@click.option("--image", default="python:3.12", help="The container image with nbmlops, for Kubeflow.")
@click.option("--claim", metavar="NAME", help="The persistent volume claim that holds the folder, for Kubeflow.")
@click.option("--program", default="nbmlops", help="How nbmlops is called there.")
@click.option("--folder", metavar="PATH", help="Where the pipeline's folder is there; as here by default.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def export(
    session: Session, /, target: Any, file: Path, params: tuple[str, ...], out: Path | None, force: bool, **options: Any
) -> Message:
    """Write a pipeline as an Airflow DAG or a Kubeflow Pipelines YAML. Each of their tasks runs one step."""
    if out is not None and out.exists() and not force:
        raise AlreadyExists(f"{out} is there already.", "Choose another name, or say --force.")
    text = session.open(create=True).pipelines.export(target, file, read_params(params), **options)
    record = {"target": target, "file": str(out) if out is not None else None, "text": text}
    if out is None:
        return Message(record, text.rstrip("\n"))
    out.write_text(text, encoding="utf-8")
    return Message(record, f"{target}: written to {out}")


@pipelines.command()
def schema() -> Message:
    """Print the JSON Schema of pipeline.yaml, for editors and checkers."""
    from nbmlops.pipelines.reading import schema as published

    return Message(published(), json.dumps(published(), indent=2))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def exit_code(run: PipelineRun) -> int:
    """Return the exit code: 0 done, 3 where gates alone failed, 1 otherwise."""
    if run.status == "finished":
        return 0
    failed = [step for step in run.steps if step.status == "failed"]
    by_gate = failed and all(any(not gate["holds"] for gate in step.gates) for step in failed)
    return ANSWERED_NO if by_gate and run.status == "failed" else 1


for command in SCHEDULES:
    pipelines.add_command(command)
