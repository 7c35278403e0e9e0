"""nbmlops started as a process of its own, which lives on when who started it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO


def command_of(workspace: Path, *words: str) -> list[str]:
    """Return the command line of nbmlops in this Python, for a workspace."""
    return [sys.executable, "-m", "nbmlops", "--workspace", str(workspace), *words]


def param_words(params: Mapping[str, Any]) -> list[str]:
    """Return parameters as ``-p name=value``, so that they are read as what they are.

    Examples
    --------
    >>> param_words({"rate": 1e-7, "month": "06", "depths": [3, 6]})
    ['-p', 'rate=1.0e-07', '-p', "month='06'", '-p', 'depths=[3, 6]']
    """
    import yaml

    words = []
    for name, value in params.items():
        text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"))
        words += ["-p", f"{name}={text.removesuffix(chr(10)).removesuffix(chr(10) + '...')}"]
    return words


def start_alone(command: Sequence[str], folder: Path, out: BinaryIO) -> subprocess.Popen[bytes]:
    """Start a command in a folder, in a session of its own: Ctrl-C here does not reach it.

    Parameters
    ----------
    command : sequence of str
        Its words.
    folder : Path
        Where it works.
    out : file
        What it prints goes there. A file, not a pipe: nobody may be left to read from that.

    Raises
    ------
    OSError
        The system starts no process, or the folder is gone.
    """
    options: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
    return subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **options
    )
