"""What ``ci`` runs: the pipeline, or, where there is none, the notebooks that a change touches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NbmlopsError, nearest
from nbmlops.integration.affected import affected_notebooks
from nbmlops.pipelines.definition import FILE, Pipeline, Step
from nbmlops.pipelines.notebooks import read_notebook
from nbmlops.pipelines.reading import read_pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbmlops.integration.repository import Repository
    from nbmlops.registry.pinned_steps import PinnedStep

NOTEBOOKS = "notebooks"
"""The name of the pipelines of notebooks that are in none; behind it the folder where they are."""


@dataclass(frozen=True)
class Planned:
    """A pipeline that is to run, with the parameters that are its own."""

    pipeline: Pipeline
    params: dict[str, Any]


def find_pipeline(folder: Path, named: str | None) -> Path | None:
    """Return the pipeline's file: the one that was named, or ``pipeline.yaml`` in the folder, if it is there."""
    if named is not None:
        return folder / named
    return folder / FILE if (folder / FILE).is_file() else None


def plan(
    repository: Repository,
    folder: Path,
    named: str | None,
    changed: Sequence[str],
    params: Mapping[str, Any],
    *,
    everything: bool = False,
) -> list[Planned]:
    """Return what is to run.

    Parameters
    ----------
    repository : Repository
        The repository.
    folder : Path
        Where the command was given.
    named : str, optional
        The pipeline's file.
    changed : sequence of str
        Paths that differ from the base.
    params : mapping
        As in `Pipelines.run`.
    everything : bool
        Where there is no pipeline: all notebooks, changed or not.

    Raises
    ------
    InvalidInput
        The pipeline cannot be read, or no notebook declares a parameter.
    """
    file = find_pipeline(folder, named)
    if file is not None:
        return [Planned(read_pipeline(file, params), dict(params))]
    here = repository.path_of(folder)
    notebooks = [name for name in repository.notebooks() if here == "." or name.startswith(f"{here}/")]
    chosen = notebooks if everything else list(affected_notebooks(repository.root, notebooks, changed))
    return _singles(repository.root, chosen, params)


def untouched_steps(
    pinned: Mapping[tuple[str, str], PinnedStep], ran: Sequence[tuple[str, str]], changed: Sequence[str]
) -> list[PinnedStep]:
    """Return the steps of the base that had no reason to run.

    A notebook that is in no pipeline had none where its file is as it was; a pipeline had none that is not the one of
    this call. A step that a pipeline has no more is none of them.

    Parameters
    ----------
    pinned : mapping
        The steps of the base, by pipeline and step.
    ran : sequence of tuple
        The pipeline and the name of each step that was to run.
    changed : sequence of str
        Paths that differ from the base.
    """
    pipelines = {pipeline for pipeline, _ in ran}

    def is_gone(pipeline: str, step: str) -> bool:
        top, _, folder = pipeline.partition("/")
        return str(PurePosixPath(folder, f"{step}.ipynb")) in changed if top == NOTEBOOKS else pipeline in pipelines

    return [one for key, one in pinned.items() if key not in ran and not is_gone(*key)]


def _singles(root: Path, notebooks: Sequence[str], params: Mapping[str, Any]) -> list[Planned]:
    """Return one pipeline for each folder: a notebook runs where it is, as Jupyter runs it."""
    folders: dict[str, list[Step]] = {}
    for notebook in notebooks:
        path = PurePosixPath(notebook)
        folders.setdefault(str(path.parent), []).append(Step(path.stem, path.name))
    declared = {folder: _declared(root / folder, steps) for folder, steps in folders.items()}
    unused = set(params)
    planned = []
    for folder, steps in folders.items():
        own = {name: value for name, value in params.items() if name in declared[folder]}
        unused -= own.keys()
        name = NOTEBOOKS if folder == "." else f"{NOTEBOOKS}/{folder}"
        planned.append(Planned(Pipeline(name, root / folder, tuple(steps)), own))
    if unused and notebooks:
        known = sorted({name for names in declared.values() for name in names if "." not in name})
        near = nearest(min(unused), known)
        raise InvalidInput(
            f"-p {min(unused)}: no notebook that runs declares it.",
            f"Did you mean {near[0]}?" if near else f"They declare {', '.join(known) or 'nothing'}.",
        )
    return planned


def _declared(folder: Path, steps: Sequence[Step]) -> set[str]:
    found: set[str] = set()
    for step in steps:
        try:
            names = read_notebook(folder / step.notebook).parameters
        except NbmlopsError:
            continue  # the check of the pipeline says what is wrong with it
        found |= {word for name in names for word in (name, f"{step.name}.{name}")}
    return found
