"""The README tells of every magic, command, option and public name; one word means one thing everywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import nbmlops
from nbmlops.cli.app import root
from nbmlops.config import CAPTURE_CHOICES
from nbmlops.magics.arguments import track_parser
from nbmlops.magics.register import CELL, LINE
from nbmlops.magics.runs import runs_parser
from nbmlops.store.filters import FIELDS
from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def commands(command: click.Command = root, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        if command.invoke_without_command:  # it does something itself
            yield " ".join(words), command
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, (*words, name))
    else:
        yield " ".join(words), command


@pytest.mark.parametrize(("words", "command"), list(commands()), ids=[words for words, _ in commands()])
def test_every_command_and_option_is_in_the_readme(words: str, command: click.Command) -> None:
    assert f"`{words}" in README or f"nbmlops {words}" in README, f"nbmlops {words}"
    for option in command.params:
        if isinstance(option, click.Option):
            assert f"{option.opts[-1]}" in README, f"nbmlops {words} {option.opts[-1]}"


def test_every_magic_and_option_is_in_the_readme() -> None:
    for name in LINE:
        assert f"`%{name}" in README, name
    for name in CELL:
        assert f"`%%{name}" in README, name
    for parser in (track_parser(), runs_parser()):
        for action in parser._actions:
            for option in action.option_strings:
                assert option in README, option


def test_every_public_name_filter_field_and_limit_is_in_the_readme() -> None:
    for name in nbmlops.__all__:
        assert re.search(rf"\b{name}\b", README), name
    for field in FIELDS:
        assert f"`{field}`" in README, field
    for what, words in CAPTURE_CHOICES.items():
        assert f"`{what}`" in README
        assert all(f"`{word}`" in README for word in words)


SURFACES = {
    # operation: (method of the workspace, command, route as in openapi.json)
    "list runs": ("runs.list", "runs list", ("/runs", "get")),
    "show run": ("runs.show", "runs show", ("/runs/{run}", "get")),
    "compare runs": ("runs.compare", "runs compare", ("/runs/compare", "get")),
    "star runs": ("runs.star", "runs star", ("/runs/star", "post")),
    "archive runs": ("runs.archive", "runs archive", ("/runs/archive", "post")),
    "unarchive runs": ("runs.unarchive", "runs unarchive", ("/runs/unarchive", "post")),
    "delete runs": ("runs.delete", "runs delete", ("/runs/delete", "post")),
    "tag runs": ("runs.tag", "runs tag", ("/runs/tag", "post")),
    "note": ("runs.note", "runs note", ("/runs/{run}", "patch")),
    "rename": ("runs.rename", "runs rename", ("/runs/{run}", "patch")),
    "undelete runs": ("runs.undelete", "runs undelete", None),
    "reproduce": ("reproduce", "reproduce", ("/runs/{run}/reproduce", "post")),
    "why": ("why", "why", None),
    "export run": ("runs.export", "runs export", None),
    "import run": ("runs.import_", "runs import", None),
    "list models": ("models.list", "models list", ("/models", "get")),
    "show model": ("models.show", "models show", ("/models/{model}", "get")),
    "model card": ("model_card", "models card", None),
    "register": ("models.register", "models register", ("/models", "post")),
    "promote": ("models.promote", "models promote", ("/models/{model}/promote", "post")),
    "demote": ("models.demote", "models demote", None),
    "list datasets": ("datasets.list", "datasets list", ("/datasets", "get")),
    "show dataset": ("datasets.show", "datasets show", ("/datasets/{dataset}", "get")),
    "log of dataset": ("datasets.log", "datasets log", ("/datasets/{dataset}", "get")),
    "diff datasets": ("datasets.diff", "datasets diff", ("/datasets/diff", "get")),
    "save dataset": ("datasets.save", "datasets save", None),
    "load dataset": ("datasets.load", "datasets load", None),
    "delete dataset": ("datasets.delete", "datasets delete", None),
    "undelete dataset": ("datasets.undelete", "datasets undelete", None),
    "drift": ("drift", "drift", ("/datasets/drift", "get")),
    "rows behind drift": ("drift_rows", "drift", ("/datasets/drift/rows", "get")),
    "changes of a stream": ("changes", "changes", ("/datasets/changes", "get")),
    "fairness": ("fairness", "fairness", ("/datasets/fairness", "get")),
    "performance": ("performance", "performance", ("/datasets/performance", "get")),
    "explain": ("explain", "explain", None),
    "define view": ("features.define", "features define", None),
    "list views": ("features.list", "features list", ("/features", "get")),
    "search views": ("features.search", "features search", ("/features", "get")),
    "show view": ("features.show", "features show", ("/features/{view}", "get")),
    "log of view": ("features.log", "features log", ("/features/{view}", "get")),
    "training set": ("features.training_set", "features training-set", ("/features/training-set", "post")),
    "new since": ("features.new_since", "features new-since", None),
    "materialize": ("features.materialize", "features materialize", ("/features/{view}/materialize", "post")),
    "get features": ("features.read", "features get", ("/features/{view}/values", "get")),
    "push": ("features.push", "features push", ("/features/{view}/push", "post")),
    "follow": ("features.follow", "features follow", None),
    "delete view": ("features.delete", "features delete", None),
    "undelete view": ("features.undelete", "features undelete", None),
    "infer pipeline": ("pipelines.infer", "pipelines infer", None),
    "export pipeline": ("pipelines.export", "pipelines export", None),
    "plan pipeline": ("pipelines.plan", "pipelines plan", ("/pipelines/plan", "post")),
    "run pipeline": ("pipelines.run", "pipelines run", ("/pipelines/run", "post")),
    "list pipeline runs": ("pipelines.list", "pipelines list", ("/pipelines", "get")),
    "show pipeline run": ("pipelines.show", "pipelines show", ("/pipelines/{run}", "get")),
    "cancel pipeline run": ("pipelines.cancel", "pipelines cancel", ("/pipelines/{run}/cancel", "post")),
    "schedule pipeline": ("pipelines.schedule", "pipelines schedule", None),
    "list schedules": ("pipelines.schedules", "pipelines schedules", None),
    "unschedule": ("pipelines.unschedule", "pipelines unschedule", None),
    "pause schedule": ("pipelines.pause", "pipelines pause", None),
    "unpause schedule": ("pipelines.unpause", "pipelines unpause", None),
    "what is next": ("scheduler.next", "scheduler next", None),
    "log of schedules": ("scheduler.log", "scheduler log", None),
    "emit event": ("events.emit", "events emit", None),
    "list events": ("events.list", "events list", None),
    "create monitor": ("monitors.create", "monitors create", None),
    "list monitors": ("monitors.list", "monitors list", ("/monitors", "get")),
    "run monitor": ("monitors.run", "monitors run", ("/monitors/{monitor}/run", "post")),
    "looks of monitor": ("monitors.checks", "monitors show", ("/monitors/{monitor}", "get")),
    "one look": ("monitors.check", "monitors look", ("/monitors/checks/{number}", "get")),
    "test monitor": ("monitors.test", "monitors test", None),
    "alerts": ("monitors.alerts", "monitors alerts", ("/monitors", "get")),
    "acknowledge alert": (
        "monitors.acknowledge",
        "monitors acknowledge",
        ("/monitors/alerts/{number}/acknowledge", "post"),
    ),
    "mute monitor": ("monitors.mute", "monitors mute", ("/monitors/{monitor}/mute", "post")),
    "unmute monitor": ("monitors.unmute", "monitors unmute", ("/monitors/{monitor}/mute", "post")),
    "delete monitor": ("monitors.delete", "monitors delete", None),
    "environment of run": ("environments.of", "env show", ("/runs/{run}/environment", "get")),
    "check environment": ("environments.check", "env check", None),
    "rebuild environment": ("environments.rebuild", "env rebuild", None),
    "check a change": ("ci", "ci", None),
    "check a deployment": ("deploy_check", "ci deploy-check", None),
}
WITHOUT_ROUTE = {
    "export pipeline": "files are written where the command line is",
    "infer pipeline": "it writes a file beside the notebooks: the command line's",
    "schedule pipeline": "what runs unattended is set up where it runs: the notebook, or the command line",
    "list schedules": "as above",
    "unschedule": "as above",
    "pause schedule": "as above",
    "unpause schedule": "as above",
    "what is next": "as above",
    "log of schedules": "what it started is in the list of pipeline runs",
    "emit event": "monitors and label queues do it, and scripts by the command line",
    "list events": "as above",
    "model card": "it asks the model about rows: where these are, in the notebook or by the command line",
    "create monitor": "what is watched is set up where the data are: the notebook, or the command line",
    "test monitor": "it takes hundreds of looks; the notebook and the command line show how far it is",
    "delete monitor": "taken away where it was set up",
    "explain": "it asks a model many thousand questions: where the model and the data are",
    "define view": "a definition is code: a cell, a function, or a file of the command line",
    "new since": "what trains again asks it: a notebook, or the command line",
    "follow": "it lasts: a command that runs",
    "delete view": "taken away where it was defined",
    "undelete view": "as above",
    "check a change": "it is for CI and the command line: it runs what Git says",
    "check a deployment": "as above",
    "check environment": "this environment is that of the process that asks",
    "rebuild environment": "a replay with rebuild_env does it",
    "export run": "files are written where the command line is",
    "import run": "as above",
    "why": "it takes many replays; the panel compares, the notebook and the command line explain",
    "save dataset": "data are saved where they are: in the notebook, or by the command line",
    "load dataset": "as above",
    "delete dataset": "taken away where it was saved",
    "undelete dataset": "as above",
    "undelete runs": "the panel asks before it deletes; taking it back is the command line's",
    "demote": "an alias is moved in the panel; taking it away is the command line's",
}


@pytest.mark.parametrize("operation", SURFACES)
def test_an_operation_has_one_name_behind_all_doors(operation: str) -> None:
    import json

    method, words, route = SURFACES[operation]
    family, _, name = method.partition(".")
    owner = _family(family) if name else Workspace
    assert getattr(owner, name or family).__doc__
    assert words in dict(commands())
    if route is None:
        assert operation in WITHOUT_ROUTE
        return
    file = Path(nbmlops.__file__).parent / "server" / "openapi.json"
    paths = json.loads(file.read_text(encoding="utf-8"))["paths"]
    known = {re.sub(r"\{\w+\}", "{}", path).split("/v1")[-1]: methods for path, methods in paths.items()}
    assert route[1] in known[re.sub(r"\{\w+\}", "{}", route[0])], sorted(known)


def _family(name: str) -> type:
    from nbmlops.datasets import Datasets
    from nbmlops.environments import Environments
    from nbmlops.events import Events
    from nbmlops.features import Features
    from nbmlops.monitoring import Monitors
    from nbmlops.pipelines.pipelines import Pipelines
    from nbmlops.pipelines.scheduling.scheduler import Scheduler
    from nbmlops.registry import Models
    from nbmlops.tracking.runs import Runs

    families: dict[str, type] = {
        "runs": Runs,
        "models": Models,
        "datasets": Datasets,
        "features": Features,
        "pipelines": Pipelines,
    }
    return {**families, "environments": Environments, "scheduler": Scheduler, "events": Events, "monitors": Monitors}[
        name
    ]
