"""``nbmlops lock``: pins what the registry's names stand for in a text file for Git."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbmlops.cli.answers import Answer
from nbmlops.display.views import Message

if TYPE_CHECKING:
    from nbmlops.cli.app import Session

FILE = "nbmlops.lock"


@click.command()
@click.argument("file", required=False, default=FILE, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Only say whether the registry agrees; exit code 3 where it does not.")
@click.pass_obj
def lock(session: Session, file: Path, check: bool) -> Answer:
    """Pin every alias, data set and step of a pipeline in ./nbmlops.lock: model, data, code, metrics, one line each."""
    workspace = session.open()
    if not check:
        lines = workspace.lock(file)
        return Answer(Message({"file": str(file), "lines": lines}, f"{file}: {len(lines)} lines"))
    only_file, only_registry = workspace.check_lock(file)
    agrees = not only_file and not only_registry
    record = {"file": str(file), "agrees": agrees, "only_in_file": only_file, "only_in_registry": only_registry}
    words = [f"the registry agrees with {file}"] if agrees else [f"the registry does not agree with {file}:"]
    words += [f"- {line}" for line in only_file] + [f"+ {line}" for line in only_registry]
    return Answer(Message(record, "\n".join(words)), 0 if agrees else 3)
