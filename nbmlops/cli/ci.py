"""``nbmlops ci``: what a change touches is run again, compared with the base branch, and judged."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbmlops.cli.answers import ANSWERED_NO, Answer
from nbmlops.cli.groups import WordGroup
from nbmlops.cli.pipeline_params import read_params
from nbmlops.cli.pipeline_progress import showing
from nbmlops.display.ci_views import CiView, DeploymentView, make_folder, write_report
from nbmlops.display.views import Message
from nbmlops.integration.checking import CiOptions
from nbmlops.integration.deploying import DeployLimits
from nbmlops.integration.repository import Repository
from nbmlops.integration.workflows import HOSTS, write_workflow

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.group(cls=WordGroup, invoke_without_command=True)
@click.option("--base", metavar="REF", help="Branch, tag or commit to compare with; by default where a change goes to.")
@click.option("--pipeline", metavar="FILE", help="The pipeline; pipeline.yaml by default, else notebooks that changed.")
@click.option("-p", "--param", "params", multiple=True, metavar="[STEP.]NAME=VALUE", help="A parameter; repeatable.")
@click.option("--gate", "gates", multiple=True, metavar="CONDITION", help="What must hold: 'auc >= base - 0.01'.")
@click.option("--all", "everything", is_flag=True, help="Without a pipeline: run all notebooks, changed or not.")
@click.option("--strict", is_flag=True, help="Warnings fail: lint, format, nulls.")
@click.option("--no-lint", is_flag=True, help="Do not read notebooks by ruff.")
@click.option("--reproduce", is_flag=True, help="Replay what ran, and fail where a replay diverges.")
@click.option("--workers", type=int, metavar="N", help="How many steps run at a time; one a processor by default.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=".", help="The report's folder.")
@click.pass_context
def ci(
    context: click.Context,
    base: str | None,
    pipeline: str | None,
    params: tuple[str, ...],
    gates: tuple[str, ...],
    everything: bool,
    strict: bool,
    no_lint: bool,
    reproduce: bool,
    workers: int | None,
    out: Path,
) -> Answer | None:
    """Run again what a change touches, compare it with the base branch's nbmlops.lock, write a report.

    Gates stand in pipeline.yaml, in [tool.nbmlops.ci] of pyproject.toml, and in --gate. Cells tagged test run too.
    Exit code 1 where a step broke, 3 where a gate, a test or a check said no.
    """
    if context.invoked_subcommand is not None:
        return None
    session: Session = context.obj
    options = CiOptions(
        base=base,
        pipeline=pipeline,
        params=read_params(params),
        gates=gates,
        everything=everything,
        strict=strict,
        lint=not no_lint,
        reproduce=reproduce,
        workers=workers,
    )
    make_folder(out)  # one that cannot be written is said before anything runs
    with showing(session, "ci") as progress:
        report = session.open(create=True).ci(options, told=progress.told, began=progress.began)
    report = write_report(report, out)
    return Answer(CiView(report), report.exit_code)


@ci.command()
@click.argument("host", type=click.Choice(HOSTS))
@click.option("--force", is_flag=True, help="Write over the workflow that is there.")
def init(host: str, force: bool) -> Message:
    """Write the workflow that runs nbmlops ci on GitHub or GitLab, and shows its report there."""
    written = write_workflow(host, Repository(Path.cwd()).root, force=force)
    lines = [f"wrote {name}" for name in written.files]
    lines += written.todo.splitlines()
    return Message(
        asdict(written), "\n".join([*lines, "pin what is compared with: nbmlops lock, and commit nbmlops.lock"])
    )


@ci.command("deploy-check")
@click.argument("model")
@click.option("--requirements", type=click.Path(path_type=Path), help="requirements.txt of where the model goes.")
@click.option("--latency-ms", type=float, metavar="P95", help="95 of 100 one-row requests take at most this long.")
@click.option("--load", type=int, default=1, metavar="N", help="Ask by N threads at once, too.")
@click.option("--throughput", type=float, metavar="N", help="Requests a second under load, at least.")
@click.option("--memory-mb", type=float, metavar="MB", help="Memory of the loaded model, at most.")
@click.option("--load-s", type=float, metavar="S", help="Seconds that loading takes, at most.")
@click.option("--tolerance", type=float, default=1e-6, metavar="X", help="By how much a known answer may differ.")
@click.option("--requests", type=int, default=200, metavar="N", help="How many requests are measured.")
@click.option("--allow-code", is_flag=True, help="Trust every type that the model's file names.")
@click.pass_obj
def deploy_check(
    session: Session,
    model: str,
    requirements: Path | None,
    latency_ms: float | None,
    load: int,
    throughput: float | None,
    memory_mb: float | None,
    load_s: float | None,
    tolerance: float,
    requests: int,
    allow_code: bool,
) -> Answer:
    """Check a registered model for use: needs, known answers, memory, latency, load. Exit code 3 for no.

    MODEL is delay@champion. It is loaded and asked in a fresh process, without a network between.
    """
    limits = DeployLimits(latency_ms, load, throughput, memory_mb, load_s, tolerance, requests)
    found = session.open().deploy_check(model, limits, requirements, allow_code=allow_code)
    return Answer(DeploymentView(found), 0 if found.holds else ANSWERED_NO)
