"""``nbmlops lab``: JupyterLab on this folder, with the side panel."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbmlops.config import HOME_VARIABLE
from nbmlops.errors import MissingExtra, NotFound

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def lab(session: Session, folder: Path | None, options: tuple[str, ...]) -> int:
    """Open JupyterLab on a folder (here by default); what follows is handed to JupyterLab, such as --port 9000."""
    if folder is not None and str(folder).startswith("-"):
        folder, options = None, (str(folder), *options)
    home = (folder or Path.cwd()).absolute()
    if not home.is_dir():
        raise NotFound(f"there is no folder {home}.", "Make it, or name another: nbmlops lab FOLDER")
    if importlib.util.find_spec("jupyterlab") is None:
        raise MissingExtra("JupyterLab is not installed here.", "pip install jupyterlab")
    environment = dict(os.environ)
    if session.workspace:
        environment[HOME_VARIABLE] = str(Path(session.workspace).absolute())
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in options:
        options = (*options, "--allow-root")
    words = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={home}", *options]
    try:
        return subprocess.run(words, env=environment, cwd=home, check=False).returncode
    except KeyboardInterrupt:
        return 0  # JupyterLab has had the same signal and is done
