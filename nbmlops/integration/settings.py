"""What a project has decided for its checks: ``[tool.nbmlops.ci]`` in pyproject.toml, or nbmlops-ci.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, nearest

if TYPE_CHECKING:
    from pathlib import Path

OWN_FILE = "nbmlops-ci.toml"


@dataclass(frozen=True)
class CiSettings:
    """Settings of a project.

    Attributes
    ----------
    gates : tuple of str
        Conditions that must hold, as ``--gate`` says them.
    base : str or None
        What is compared with.
    pipeline : str or None
        The pipeline's file; one beside the settings is named from there.
    strict : bool
        Whether warnings fail.
    lint : bool
        Whether ruff looks at notebooks.
    """

    gates: tuple[str, ...] = ()
    base: str | None = None
    pipeline: str | None = None
    strict: bool = False
    lint: bool = True


def read_settings(folder: Path, root: Path) -> CiSettings:
    """Return the settings of the nearest file, from a folder up to the repository's root.

    Raises
    ------
    InvalidInput
        A file cannot be read, or holds what is no setting.
    """
    for here in (folder, *folder.parents):
        for file, found in ((here / OWN_FILE, _own(here)), (here / "pyproject.toml", _of_project(here))):
            if found is not None:
                return _checked(found, file)
        if here == root:
            break
    return CiSettings()


def _own(folder: Path) -> Any:
    return _read(folder / OWN_FILE) if (folder / OWN_FILE).is_file() else None


def _of_project(folder: Path) -> Any:
    file = folder / "pyproject.toml"
    found: Any = _read(file) if file.is_file() else {}
    for name in ("tool", "nbmlops", "ci"):
        if not isinstance(found, dict):
            raise InvalidInput(f"{file}: {name} stands in {found!r}, which is no table.", "[tool.nbmlops.ci]")
        found = found.get(name, {} if name != "ci" else None)
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is not valid TOML: {error}.") from error


def _checked(found: Any, file: Path) -> CiSettings:
    kinds: dict[str, Any] = {"gates": list, "base": str, "pipeline": str, "strict": bool, "lint": bool}
    names = [field.name for field in fields(CiSettings)]
    if not isinstance(found, dict):
        raise InvalidInput(f"{file}: nbmlops.ci is no table.", 'Example: gates = ["auc >= base - 0.01"]')
    for name, value in found.items():
        if name not in kinds:
            near = nearest(name, names)
            raise InvalidInput(
                f"{file} has a setting {name!r} that means nothing to nbmlops ci.",
                f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}.",
            )
        if not isinstance(value, kinds[name]) or (name == "gates" and not all(isinstance(one, str) for one in value)):
            raise InvalidInput(f"{file}: {name} cannot be {value!r}.", 'Example: gates = ["auc >= base - 0.01"]')
    values = dict(found)
    values["gates"] = tuple(values.get("gates", ()))
    if "pipeline" in values:
        values["pipeline"] = str(file.parent / values["pipeline"])
    return CiSettings(**values)
