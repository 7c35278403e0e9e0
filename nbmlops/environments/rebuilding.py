"""An environment built again from its lock, by uv: the same versions, and the same files where they can be had.

It takes the packages that the lock names and no others, and the nbmlops of this process, since that reads the record.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.lock import TOOL
from nbmlops.capture.secrets import MASK
from nbmlops.errors import Conflict, InvalidInput, NotFound
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MARK = "nbmlops-environment.json"
"""Written last into a folder: without it, what stands there was never finished."""
_LOOK = (
    "import json, platform; from nbmlops.capture.lock import environment_lock; "
    "print(json.dumps([platform.python_version(), environment_lock()]))"
)


@dataclass
class Built:
    """What came of building an environment, and what of the lock it could not have."""

    answer: dict[str, Any] = field(default_factory=dict)
    """The complete lock that the index gave."""
    notes: list[str] = field(default_factory=list)


def interpreter(folder: Path) -> Path:
    """Return where the interpreter of a virtual environment stands."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_built(folder: Path, key: str) -> bool:
    """Tell whether a folder holds the finished environment of a key."""
    try:
        return bool(json.loads((folder / MARK).read_text(encoding="utf-8"))["key"] == key)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def build(folder: Path, key: str, lock: dict[str, Any], python: str, told: Callable[[str], object]) -> Built:
    """Build the environment of a lock in a folder that is empty or not there; give what came of it.

    Parameters
    ----------
    folder : Path
        Where; left without its mark when something fails, and built anew the next time.
    key : str
        The key of the environment.
    lock : dict
        What `nbmlops.environments.locks.parse_lock` gives.
    python : str
        The version of the interpreter.
    told : callable
        Told in words what is done next.

    Raises
    ------
    MissingExtra
        uv is not installed.
    NotFound
        No such interpreter is here.
    Conflict
        A package cannot be had any more; the message holds the installer's own words.
    """
    _check_folder(folder, key)
    uv = _find_uv()
    built = Built()
    told(f"Python {python}")
    found = _make_folder(uv, folder, python)
    if found != python:
        built.notes.append(f"Python {python} is not on this machine: built with {found}")
    packages = [package for package in lock["packages"] if package["name"] != TOOL]
    from_index = [package for package in packages if not {"vcs", "directory", "archive"} & set(package)]
    told(f"{len(packages)} packages")
    with tempfile.TemporaryDirectory() as work:
        built.answer = _install_from_index(uv, folder, from_index, Path(work))
    for package in packages:
        if package not in from_index:
            _install_from_elsewhere(uv, folder, package, built.notes)
    _add_ourselves(folder)
    (folder / MARK).write_text(json.dumps({"key": key}), encoding="utf-8")
    return built


def look_into(folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the version of the interpreter of an environment, and the lock of what is installed in it.

    Raises
    ------
    Conflict
        Its interpreter does not run.
    """
    answer = _run([str(interpreter(folder)), "-I", "-c", _LOOK], "the environment does not run")
    python, lock = json.loads(answer)
    return python, lock


def _find_uv() -> str:
    """Return the path of uv's program.

    Raises
    ------
    MissingExtra
        uv is not installed.
    NotFound
        Its package is, without its program.
    """
    package = require("uv", "env", "Rebuilding an environment")
    try:
        return str(package.find_uv_bin())
    except FileNotFoundError as error:
        raise NotFound("uv is installed without its program.", "pip install --force-reinstall uv") from error


def _check_folder(folder: Path, key: str) -> None:
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is a file.", "Name a folder that is not there yet: --out FOLDER")
    if (folder / MARK).exists() or not folder.exists() or not any(folder.iterdir()):
        return
    if folder.name != folder_name(key) or not (folder / "pyvenv.cfg").exists():
        raise InvalidInput(f"{folder} is not empty.", "Name a folder that is not there yet: --out FOLDER")


def folder_name(key: str) -> str:
    """Return the name of the folder that the environment of a key has in a workspace.

    Examples
    --------
    >>> folder_name("b3:91ac07")
    '91ac07'
    """
    return key.rpartition(":")[2]


def _make_folder(uv: str, folder: Path, python: str) -> str:
    """Make a virtual environment with the interpreter of a version, or one that differs in its last number."""
    minor = python.rpartition(".")[0]
    for wanted in (python, minor):
        words = [uv, "venv", "--quiet", "--clear", "--no-project", "--python", wanted, str(folder)]
        made = subprocess.run(words, capture_output=True, text=True, check=False)
        if made.returncode == 0:
            said = [str(interpreter(folder)), "-c", "import platform; print(platform.python_version())"]
            return _run(said, "the interpreter does not run").strip()
    hint = f"Install it: uv python install {python}"
    raise NotFound(f"no Python {minor} is on this machine.", hint)


def _install_from_index(uv: str, folder: Path, packages: list[dict[str, Any]], work: Path) -> dict[str, Any]:
    """Ask the index for the versions and install them; give the lock with its addresses and hashes."""
    if not packages:
        return {}
    wanted, answer = work / "requirements.in", work / "pylock.toml"
    lines = [f"{package['name']}=={package['version']}" for package in packages]
    wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    python = str(interpreter(folder))
    compiled = ["--no-deps", "--format", "pylock.toml", "--python", python, "--output-file", str(answer)]
    words = [uv, "pip", "compile", "--quiet", *compiled, str(wanted)]
    _run(words, "not every package of the environment can be had any more")
    words = [uv, "pip", "install", "--quiet", "--no-deps", "--python", python, "--requirement", str(answer)]
    _run(words, "the packages of the environment cannot be installed")
    return tomllib.loads(answer.read_text(encoding="utf-8"))


def _install_from_elsewhere(uv: str, folder: Path, package: dict[str, Any], notes: list[str]) -> None:
    """Install what came from a repository, a file or a folder; what cannot be had again becomes a note."""
    name = package["name"]
    words = [uv, "pip", "install", "--quiet", "--no-deps", "--python", str(interpreter(folder))]
    if "directory" in package:
        path = package["directory"]["path"]
        if not Path(path).is_dir():
            notes.append(f"{name} was installed from {path}, which is gone")
            return
        words += ["--editable", path] if package["directory"].get("editable") else [path]
        notes.append(f"{name} is taken from {path} as it is now")
    else:
        source = package.get("vcs") or package["archive"]
        if MASK in source["url"]:
            notes.append(f"{name} was installed from an address with a secret in it: install it yourself")
            return
        vcs = f"git+{source['url']}@{source['commit-id']}" if "vcs" in package else source["url"]
        words.append(f"{name} @ {vcs}")
    try:
        _run(words, f"{name} cannot be installed")
    except Conflict as error:
        notes.append(error.message)


def _add_ourselves(folder: Path) -> None:
    """Copy this process's nbmlops in, with its entry points: what it needs, the recorded environment had."""
    python = [str(interpreter(folder)), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    target = Path(_run(python, "the interpreter does not run").strip())
    ours = Path(__file__).parents[1]
    for old in (target / TOOL, *target.glob(f"{TOOL}-*.dist-info")):
        shutil.rmtree(old, ignore_errors=True)
    unneeded = shutil.ignore_patterns("__pycache__", "labextension", "example_notebooks")
    shutil.copytree(ours, target / TOOL, ignore=unneeded)
    facts = distribution(TOOL)
    about = target / f"{TOOL}-{facts.version}.dist-info"
    about.mkdir()
    for name in ("METADATA", "entry_points.txt"):
        (about / name).write_text(facts.read_text(name) or "", encoding="utf-8")


def _run(words: Iterable[str], problem: str) -> str:
    """Run a program; give what it said.

    Raises
    ------
    Conflict
        It failed; the message holds the problem and its last words.
    """
    variables = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(list(words), capture_output=True, text=True, check=False, env=variables)
    if done.returncode == 0:
        return done.stdout
    said = " ".join(line.strip(" │╰─▶×\t") for line in done.stderr.strip().splitlines()) or "it said nothing"
    raise Conflict(f"{problem}: {said[:600]}", "See which ones: nbmlops env check RUN")
