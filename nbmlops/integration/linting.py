"""Notebooks read by ruff: its findings, and whether they are formatted as it would.

Ruff passes over a cell that begins with a magic, so that what stands under ``%%track`` would go unseen: the line of the
magic is a comment in what it gets. It takes its settings from where the notebook is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from nbmlops.errors import Conflict
from nbmlops.integration.records import Finding
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OURS = ("%%track", "%%feature")
"""Cell magics of nbmlops under which Python stands."""
TIMEOUT = 120


def lint_notebooks(root: Path, notebooks: Iterable[str]) -> list[Finding]:
    """Return what ruff says of notebooks.

    Parameters
    ----------
    root : Path
        The repository's; findings name paths from there.
    notebooks : iterable of str
        Paths from the root.

    Raises
    ------
    MissingExtra
        Ruff is not installed.
    Conflict
        It does not run.
    """
    require("ruff", "ci", "The lint of notebooks")
    found: list[Finding] = []
    for notebook in notebooks:
        path = root / notebook
        try:
            text = seen_by_ruff(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, AttributeError, TypeError, KeyError):
            continue  # what is no notebook fails where it is run
        found += _checked(root, notebook, text)
        if _ruff(root, text, "format", "--check", "--quiet", f"--stdin-filename={notebook}", "-").returncode == 1:
            found.append(Finding("format", notebook, "it is not formatted as ruff does: ruff format " + notebook))
    return found


def seen_by_ruff(text: str) -> str:
    """Return a notebook's file with the lines of our cell magics as comments, so that line numbers stay.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": ["%%track rf\\n", "x = 1"]}
    >>> json.loads(seen_by_ruff(json.dumps({"cells": [cell]})))["cells"][0]["source"]
    '# %%track rf\\nx = 1'
    """
    notebook: Any = json.loads(text)
    for cell in notebook["cells"]:
        source = cell.get("source", "")
        source = "".join(source) if isinstance(source, list) else source
        if source.lstrip().startswith(OURS):
            head = len(source) - len(source.lstrip())
            cell["source"] = f"{source[:head]}# {source[head:]}"
    return json.dumps(notebook)


def _checked(root: Path, notebook: str, text: str) -> list[Finding]:
    done = _ruff(root, text, "check", "--quiet", "--output-format", "json", f"--stdin-filename={notebook}", "-")
    if done.returncode not in (0, 1):
        said = done.stderr.strip().splitlines()
        raise Conflict(f"ruff failed on {notebook}: {said[-1] if said else done.returncode}.", "ruff check " + notebook)
    return [
        Finding(
            "lint",
            f"{notebook}, cell {one.get('cell') or '?'}, line {one['location']['row']}",
            f"{one.get('code') or 'syntax'} {one['message']}",
        )
        for one in json.loads(done.stdout or "[]")
    ]


def _ruff(root: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [sys.executable, "-m", "ruff", *words],
            input=text,
            cwd=root,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Conflict(f"ruff did not end within {TIMEOUT} s.", "Leave it out: --no-lint") from error
