"""The graph of notebooks, inferred: from their code, from their runs, and from a run in a scratch copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from imagined_projects import PROJECTS, Project

from nbmlops.pipelines.graph import check_pipeline
from nbmlops.pipelines.inferring import Inferred, infer_pipeline
from nbmlops.pipelines.inferring import inferred as inferred_module
from nbmlops.pipelines.inferring.executing import run_in_scratch
from nbmlops.pipelines.inferring.uses import Found
from nbmlops.pipelines.reading import parse_pipeline

if TYPE_CHECKING:
    from pathlib import Path

each = pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)


def needs_of(inferred: Inferred, folder: Path) -> dict[str, set[str]]:
    """Return what each step needs, by the file as it would be written: it has to stand the check."""
    pipeline = parse_pipeline(inferred.text, folder / "pipeline.yaml")
    return {name: set(needs) for name, needs in check_pipeline(pipeline).needs.items()}


def check(project: Project, inferred: Inferred, folder: Path) -> None:
    assert needs_of(inferred, folder) == project.needs, inferred.text
    steps = {step.name: step for step in inferred.pipeline.steps}
    for name, paths in project.takes.items():
        assert set(steps[name].inputs) == paths, inferred.text
    for name, paths in project.gives.items():
        assert set(steps[name].outputs) == paths, inferred.text


@each
def test_code_alone_says_the_order(project: Project, tmp_path: Path) -> None:
    notebooks = project.make(tmp_path)
    folder = tmp_path / project.folder
    inferred = infer_pipeline(reversed(notebooks), folder=folder)
    check(project, inferred, folder)
    assert inferred.unsure == project.unsure


@pytest.mark.slow
@pytest.mark.parametrize("project", [one for one in PROJECTS if one.runs], ids=lambda project: project.name)
def test_a_run_in_a_scratch_copy_says_the_order_too(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks = project.make(tmp_path)
    folder = tmp_path / project.folder
    before = tree(tmp_path)
    said: list[str] = []
    results: list[Any] = []

    def run_once(*arguments: Any) -> Any:
        results.append(results[0] if results else run_in_scratch(*arguments))
        return results[0]

    monkeypatch.setattr(inferred_module, "run_in_scratch", run_once)
    with monkeypatch.context() as without_code:
        without_code.setattr(inferred_module, "read_code", lambda *_: Found())
        seen = infer_pipeline(reversed(notebooks), folder=folder, execute=True, told=said.append)
    assert tree(tmp_path) == before
    assert results[0][1] == {}
    assert len([words for words in said if words.startswith("running")]) >= len(notebooks)
    if project.lineage:
        assert needs_of(seen, folder) == project.needs, seen.text
    check(project, infer_pipeline(notebooks, folder=folder, execute=True), folder)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
