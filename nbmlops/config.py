"""Where the workspace is, and what the user allows to be captured.

A workspace is a folder ``.nbmlops/``. It is found by argument, then by ``NBMLOPS_HOME`` (the folder that *holds*
``.nbmlops/``), then as the nearest ``.nbmlops/`` upward; a new one is made at the git root or in the working folder.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbmlops.errors import InvalidInput, NotFound, WorkspaceUnusable

FOLDER = ".nbmlops"
HOME_VARIABLE = "NBMLOPS_HOME"
MODELS_VARIABLE = "NBMLOPS_MODELS"
"""In a step of a pipeline: the versions of models that the run has made so far, as JSON."""
REPLAYED_VARIABLE = "NBMLOPS_REPLAY_OF"
"""In the process of a replay: the workspace of the run, in which models and data versions are looked up."""
NAMES_VARIABLE = "NBMLOPS_REPLAY_NAMES"
"""In the process of a replay: JSON of what names without a version (``dataset flights``) stood for in the run."""
SETTINGS_FILE = "config.toml"
NO_WORKSPACE_HINT = "Make one here: nbmlops init   or, in a notebook: %load_ext nbmlops"

CAPTURE_CHOICES: dict[str, tuple[str, ...]] = {
    "code": ("on", "off"),
    "data": ("keep", "fingerprint", "off"),
    "output": ("on", "off"),
}


@dataclass(frozen=True)
class Capture:
    """What may be captured; an *off* (or the stricter word) wins wherever it is said.

    Examples
    --------
    >>> Capture().limited(Capture(data="off")).data
    'off'
    """

    code: str = "on"
    data: str = "keep"
    output: str = "on"

    def limited(self, other: Capture) -> Capture:
        """Return the stricter of both in every respect."""
        stricter = {
            what: max(getattr(self, what), getattr(other, what), key=choices.index)
            for what, choices in CAPTURE_CHOICES.items()
        }
        return Capture(**stricter)

    @classmethod
    def parse(cls, limits: dict[str, Any]) -> Capture:
        """Read limits such as ``{"data": "off"}``.

        Raises
        ------
        InvalidInput
            An unknown name or word, with the real choices.
        """
        words: dict[str, str] = {}
        for what, given in limits.items():
            if what not in CAPTURE_CHOICES:
                raise InvalidInput(
                    f"nothing called {what!r} is captured.", f"Limit one of: {', '.join(CAPTURE_CHOICES)}"
                )
            if not isinstance(given, bool | str):
                raise InvalidInput(
                    f"capture of {what} cannot be {given!r}.", f"Choose one of: {', '.join(CAPTURE_CHOICES[what])}"
                )
            word = given if isinstance(given, str) else CAPTURE_CHOICES[what][0] if given else "off"
            if word not in CAPTURE_CHOICES[what]:
                raise InvalidInput(
                    f"capture of {what} cannot be {given!r}.",
                    f"Choose one of: {', '.join(CAPTURE_CHOICES[what])}",
                )
            words[what] = word
        return replace(cls(), **words)


@dataclass(frozen=True)
class Settings:
    """Settings of a workspace, from its ``config.toml``. ``keep_bytes`` is the budget for kept models and inputs."""

    capture: Capture = Capture()
    keep_bytes: int = 1_000_000_000


def load_settings(workspace: Path) -> Settings:
    """Read the settings of a workspace; what is not written there has its default.

    Raises
    ------
    InvalidInput
        The file cannot be understood; the message names it.
    """
    file = workspace / SETTINGS_FILE
    if not file.exists():
        return Settings()
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is not valid TOML: {error}", "Mend the line, or delete the file.") from error
    limits = data.get("capture", {})
    if not isinstance(limits, dict):
        raise InvalidInput(
            f"capture in {file} must be a table, not {limits!r}.", 'Write: [capture] and data = "off" below'
        )
    capture = Capture.parse(limits)
    keep = data.get("keep_bytes", Settings.keep_bytes)
    if not isinstance(keep, int) or keep < 0:
        raise InvalidInput(f"keep_bytes in {file} must be a number of bytes, not {keep!r}.")
    return Settings(capture, keep)


def save_settings(workspace: Path, settings: Settings) -> None:
    """Write the settings of a workspace, replacing the file in one step."""
    lines = [f"keep_bytes = {settings.keep_bytes}", "", "[capture]"]
    lines += [f'{what} = "{getattr(settings.capture, what)}"' for what in CAPTURE_CHOICES]
    temporary = workspace / f"{SETTINGS_FILE}.{os.getpid()}"
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    temporary.replace(workspace / SETTINGS_FILE)


def find_workspace(path: str | os.PathLike[str] | None = None, start: Path | None = None) -> Path | None:
    """Return the workspace folder that is meant, or None where there is none yet.

    Parameters
    ----------
    path : str or path, optional
        The workspace folder itself, or the folder that holds it.
    start : Path, optional
        Where the search upward begins; the working folder by default.
    """
    named = path or os.environ.get(HOME_VARIABLE)
    if named:
        folder = _inside(Path(named).expanduser().absolute())
        return folder if folder.is_dir() else None
    here = (start or Path.cwd()).absolute()
    for parent in (here, *here.parents):
        if (parent / FOLDER).is_dir():
            return parent / FOLDER
    return None


def locate_workspace(
    path: str | os.PathLike[str] | None = None, *, create: bool = False, start: Path | None = None
) -> Path:
    """Return the workspace folder that is meant; make it where ``create`` says so.

    Raises
    ------
    NotFound
        There is none, and ``create`` is false.
    WorkspaceUnusable
        It cannot be made, for example in a read-only folder.
    """
    found = find_workspace(path, start)
    if found is not None:
        return found
    named = path or os.environ.get(HOME_VARIABLE)
    if not create:
        where = f" in {Path(named).expanduser()}" if named else " here or in any folder above"
        raise NotFound(f"there is no workspace{where}.", NO_WORKSPACE_HINT)
    folder = _inside(Path(named).expanduser().absolute()) if named else _new_home(start) / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("# the workspace is local: registry, blobs, feature tables\n*\n", encoding="utf-8")
    except OSError as error:
        raise WorkspaceUnusable(
            f"no workspace can be made at {folder}: {error.strerror or error}.",
            f"Name a folder that can be written: export {HOME_VARIABLE}=/path/to/folder",
        ) from error
    return folder


def _inside(folder: Path) -> Path:
    return folder if folder.name == FOLDER else folder / FOLDER


def _new_home(start: Path | None) -> Path:
    here = (start or Path.cwd()).absolute()
    for parent in (here, *here.parents):
        if (parent / ".git").exists():
            return parent
    return here
