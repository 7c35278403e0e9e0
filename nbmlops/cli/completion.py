"""Which words may follow: for Tab after ``%nbmlops``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nbmlops.cli.app import root

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace


def word_choices(before: list[str], workspace: Workspace) -> list[str]:
    """Return the commands, options and names that may stand after some words."""
    context = click.Context(root)
    command: click.Command = root
    for word in before:
        if isinstance(command, click.Group):
            found = command.get_command(context, word)
            if found is None:
                return []
            command = found
    if isinstance(command, click.Group):
        return [*command.list_commands(context), "--json", "--help"]
    options = [name for param in command.params for name in param.opts if name.startswith("--")]
    arguments = {param.name for param in command.params if isinstance(param, click.Argument)}
    return [*_names(arguments, workspace), *options, "--json"]


def _names(arguments: set[str], workspace: Workspace) -> list[str]:
    """Return the names of a workspace that arguments may stand for."""
    names: list[str] = []
    if arguments & {"run", "runs"}:
        names = workspace.runs.names()
    if arguments & {"model", "spec"}:
        names += workspace.models.names()
    if arguments & {"dataset", "frame"} or arguments == {"a", "b"}:
        names += workspace.datasets.names()
    if "view" in arguments:
        names += [name for name in workspace.features.names() if ":" not in name]
    if "features" in arguments:
        names += workspace.features.names()
    if "monitor" in arguments:
        names += workspace.monitors.names()
    if "schedule" in arguments:
        names += workspace.scheduler.names()
    if "filter" in arguments:
        names += workspace.runs.filter_words()
    return names
