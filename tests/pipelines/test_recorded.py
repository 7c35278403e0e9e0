"""Lists of pipeline runs are true: with a name that is not there, and with a limit that is none."""

from __future__ import annotations

import click
import pytest

from nbmlops.cli import main
from nbmlops.cli.app import root
from nbmlops.errors import NotFound
from nbmlops.magics.arguments import UsageProblem
from nbmlops.magics.runs import runs_parser
from nbmlops.store.pipelines import PipelineStore
from nbmlops.store.runs import Closing


@pytest.fixture
def run(project):
    run = project.workspace.recorder.open_run("monthly", experiment="monthly", source="pipeline")
    PipelineStore(project.workspace.database).create(
        run.id,
        pipeline="monthly",
        file=None,
        folder=str(project.folder),
        definition={},
        params={},
        cause="",
        steps=[("load", "load.ipynb", ())],
    )
    run.close(Closing("finished", 1.0))
    return run


def test_a_name_that_is_not_there_gets_the_nearest_of_pipelines(project, run) -> None:
    pipelines = project.workspace.pipelines
    assert [one.id for one in pipelines.list("monthly")] == [run.id]
    with pytest.raises(NotFound, match="no pipeline 'montly' has run here") as caught:
        pipelines.list("montly")
    assert caught.value.hint == "Did you mean 'monthly'?  List them: nbmlops pipelines list"
    with pytest.raises(NotFound, match="no run named 'montly'") as caught:
        pipelines.show("montly")
    assert caught.value.hint == "Did you mean 'monthly'?  List them: nbmlops pipelines list"
    project.workspace.recorder.open_run("tree").close(Closing("finished", 1.0))
    with pytest.raises(NotFound, match="tree is no run of a pipeline") as caught:
        pipelines.show("tree")
    assert caught.value.hint == "List them: nbmlops pipelines list"


def test_every_limit_is_one_or_more(project, run, capsys) -> None:
    context = click.Context(root)
    limited = []
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        members = command.list_commands(context) if isinstance(command, click.Group) else [""]
        for member in members:
            one = command.get_command(context, member) if member else command
            if any("--limit" in param.opts for param in one.params):
                limited.append([name, member] if member else [name])
    assert ["pipelines", "list"] in limited
    assert len(limited) >= 7
    for words in limited:
        needed = ["a", "b"] if words == ["drift"] else ["m"] if words == ["monitors", "show"] else []
        assert main([*words, *needed, "--limit", "0"]) == 2, words
        assert "0 is not in the range x>=1" in capsys.readouterr().err
    with pytest.raises(UsageProblem, match="'0' is not a whole number from 1"):
        runs_parser().read("--limit 0")


@pytest.mark.parametrize("seconds", ["-1", "0"])
def test_between_two_looks_of_the_scheduler_time_passes(project, capsys, seconds) -> None:
    assert main(["scheduler", "--poll", seconds, "--once"]) == 2
    assert f"{float(seconds)} is not in the range x>0" in capsys.readouterr().err
