"""The pipeline of notebooks, inferred from what they read and wrote."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.definition import EXECUTION_SECONDS, FILE, Pipeline
from nbmlops.pipelines.inferring.captured import CapturedRuns, Lineage
from nbmlops.pipelines.inferring.code import read_code
from nbmlops.pipelines.inferring.combining import facts_of
from nbmlops.pipelines.inferring.drawing import Draft, Drawing
from nbmlops.pipelines.inferring.executing import run_in_scratch
from nbmlops.pipelines.inferring.naming import natural, step_names
from nbmlops.pipelines.inferring.places import Places, parameters_in
from nbmlops.pipelines.notebooks import read_notebook
from nbmlops.pipelines.reading import write_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nbmlops.pipelines.definition import Step
    from nbmlops.pipelines.inferring.uses import Found
    from nbmlops.pipelines.notebooks import NotebookFile
    from nbmlops.tracking.recorder import Recorder


@dataclass(frozen=True)
class Inferred:
    """A pipeline that was inferred.

    Attributes
    ----------
    pipeline : Pipeline
        The steps, in an order in which they run.
    comments : dict
        By step, lines that say where an edge comes from that its paths do not show.
    unsure : tuple of str
        What was guessed, left out or could not be followed, in sentences.
    written : str or None
        The text, where it was not made from the pipeline alone: a file that was there, with its comments.
    """

    pipeline: Pipeline
    comments: dict[str, list[str]] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()
    written: str | None = None

    @property
    def text(self) -> str:
        """The pipeline as the text of its file."""
        if self.written is not None:
            return self.written
        return write_pipeline(self.pipeline, comments=self.comments)


def infer_pipeline(
    notebooks: Iterable[str | os.PathLike[str]],
    *,
    folder: str | os.PathLike[str],
    name: str | None = None,
    recorder: Recorder | None = None,
    execute: bool = False,
    timeout: float = EXECUTION_SECONDS,
    told: Callable[[str], None] | None = None,
) -> Inferred:
    """Return the pipeline of notebooks, inferred from what they read and write.

    Parameters
    ----------
    notebooks : iterable of path
        The notebooks, in any order.
    folder : path
        Where the pipeline's file will stand: its notebooks run there.
    name : str, optional
        The pipeline's name; that of the folder by default.
    recorder : Recorder, optional
        Of the workspace whose earlier runs are looked at.
    execute : bool
        Run all notebooks in a scratch copy of the folder, and look at what they did.
    timeout : float
        Seconds after which a notebook that is run is stopped.
    told : callable, optional
        Told what is being done, in words.

    Raises
    ------
    NotFound
        A notebook is not there.
    InvalidInput
        There are none, or one cannot be read.
    """
    files = sorted({Path(os.path.abspath(one)) for one in notebooks}, key=natural)  # noqa: PTH100
    if not files:
        raise InvalidInput("no notebooks are named.", "nbmlops pipelines infer *.ipynb")
    read = [read_notebook(file) for file in files]
    places = Places(Path(folder))
    codes = [read_code(one, places.folder, files) for one in read]
    lineages = [Lineage() for _ in files]
    unsure: list[str] = []
    names = step_names([Path(places.written(str(file))) for file in files])
    if recorder is not None:
        home = recorder.database.path.parent.parent
        captured = CapturedRuns(recorder, places.written, (places.folder, home, Path.cwd()))
        lineages = [captured.of(one) for one in read]
    if execute:
        drawing = Drawing(places, _drafts(names, read, codes, lineages, places))
        order = [step.notebook for step in drawing.draw()]
        ranked = sorted(read, key=lambda one: order.index(places.written(str(one.path))))
        seen, failures = run_in_scratch(ranked, places, _base(places), timeout, told or (lambda _: None))
        lineages = [_joined(lineage, seen.get(str(file))) for file, lineage in zip(files, lineages, strict=True)]
        unsure += [f"{names[files.index(Path(file))]} could not be run: {why}" for file, why in failures.items()]
    drawing = Drawing(places, _drafts(names, read, codes, lineages, places))
    steps = drawing.draw()
    for step_name, code, lineage in zip(names, codes, lineages, strict=True):
        if not lineage.runs:
            unsure += [f"{step_name}: {sentence}" for sentence in code.open]
        if lineage.stale and not lineage.runs:
            unsure.append(f"{step_name}: its code has changed since it ran, so that the code is believed first")
    pipeline = Pipeline(name or places.folder.name or "pipeline", places.folder, tuple(steps), file=None)
    pipeline, notes = _with_shared_values(pipeline, read, places)
    unsure += [*drawing.unsure, *notes, *_elsewhere(read, steps, places)]
    return Inferred(pipeline, drawing.comments(), tuple(dict.fromkeys(unsure)))


def _base(places: Places) -> Path:
    """Return the folder to copy: the whole project, since notebooks reach out of their folder, but never a home."""
    return places.folder if Path.home().is_relative_to(places.project) else places.project


def _drafts(
    names: Sequence[str],
    notebooks: Sequence[NotebookFile],
    codes: Sequence[Found],
    lineages: Sequence[Lineage],
    places: Places,
) -> list[Draft]:
    drafts = []
    for name, notebook, code, lineage in zip(names, notebooks, codes, lineages, strict=True):
        own = places.with_defaults({one.name: one.default for one in notebook.parameters.values() if one.has_default})
        drafts.append(Draft(name, notebook.path, facts_of(code, lineage, own), own))
    return drafts


def _joined(lineage: Lineage, seen: Lineage | None) -> Lineage:
    if seen is None or not seen.runs:
        return lineage
    uses = [*lineage.uses, *(use for use in seen.uses if use not in lineage.uses)]
    return Lineage(uses, lineage.stale, lineage.runs + seen.runs)


def _with_shared_values(
    pipeline: Pipeline, notebooks: Sequence[NotebookFile], places: Places
) -> tuple[Pipeline, list[str]]:
    """Set the parameters that join steps by their paths and have other values in one notebook than in another."""
    declared = {places.written(str(one.path)): one.parameters for one in notebooks}
    values: dict[str, object] = {}
    notes = []
    for step in pipeline.steps:
        for path in step.inputs:
            for other in pipeline.steps:
                if path not in other.outputs or "{" not in path:
                    continue
                mine, theirs = declared[step.notebook], declared[other.notebook]
                for name in mine.keys() & theirs.keys():
                    one, two = mine[name], theirs[name]
                    if name in parameters_in(path) and one.default != two.default and two.has_default:
                        values.setdefault(name, two.default)
                        notes.append(
                            f"{name} is {two.default!r} in {other.name} and {one.default!r} in {step.name}: "
                            f"set to {values[name]!r} for all under params"
                        )
    return replace(pipeline, params=values), notes


def _elsewhere(notebooks: Sequence[NotebookFile], steps: Sequence[Step], places: Places) -> list[str]:
    """Say so where the notebooks seem to be written to run in another folder than the pipeline's."""
    folders = {one.path.parent for one in notebooks}
    paths = [path for step in steps for path in (*step.inputs, *step.outputs)]
    outside = [path for path in paths if path.startswith("../")]
    if len(folders) != 1 or places.folder in folders or not outside:
        return []
    [folder] = folders
    return [
        f"{outside[0]} leads out of {places.folder.name}: the notebooks seem to run in {folder.name}, put {FILE} there"
    ]
