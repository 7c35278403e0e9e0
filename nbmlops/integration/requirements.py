"""Whether a place has what a model needs: its packages beside those that the model was made with."""

from __future__ import annotations

import importlib.metadata
import re
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

OWN = "nbmlops"


def canonical(name: str) -> str:
    """Return the name of a package as indexes compare it.

    Examples
    --------
    >>> canonical("Scikit_Learn")
    'scikit-learn'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def differing(needs: Mapping[str, str], recorded: Mapping[str, str]) -> list[str]:
    """Return, in words, the packages that a model needs and that are not those which it was made with.

    Parameters
    ----------
    needs : mapping
        What is loaded here when the model answers, with versions.
    recorded : mapping
        What the model's run had.

    Examples
    --------
    >>> differing({"numpy": "2.4.1", "scipy": "1.17.0"}, {"numpy": "2.3.0"})
    ['numpy is 2.4.1, the model was made with 2.3.0']
    """
    made = {canonical(name): version for name, version in recorded.items()}
    return [
        f"{name} is {version}, the model was made with {made[canonical(name)]}"
        for name, version in needs.items()
        if canonical(name) in made and canonical(name) != OWN and made[canonical(name)] != version
    ]


def unmet(file: Path, needs: Mapping[str, str], recorded: Mapping[str, str]) -> list[str]:
    """Return, in words, what a file of requirements does not give to a model.

    A package that the model needs has to be named, or be required by one that is; a version that the file allows has to
    be the one that the model was made with.

    Parameters
    ----------
    file : Path
        ``requirements.txt`` of the target.
    needs, recorded : mapping
        As for `differing`.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        A line of it cannot be read.
    """
    named = read_requirements(file)
    brought = closure(named)
    found = []
    for name, version in needs.items():
        key = canonical(name)
        if key == OWN:
            continue
        if key not in brought:
            found.append(f"{name} is not among the requirements, and the model needs it")
            continue
        made = next((said for other, said in recorded.items() if canonical(other) == key), version)
        if key in named and not named[key].specifier.contains(made, prereleases=True):
            found.append(f"{named[key]} does not allow {name} {made}, which the model was made with")
    return found


def read_requirements(file: Path) -> dict[str, Any]:
    """Return the requirements of a file by the names of their packages; options and addresses are passed over.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        A line cannot be read.
    """
    requirements = require("packaging.requirements", "ci", "The check of requirements")
    if not file.is_file():
        raise NotFound(f"there is no file {file}.", "--requirements requirements.txt")
    found = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text = re.sub(r"(^|\s)#.*$", "", line).split(" --hash")[0].strip().rstrip("\\").strip()
        if not text or text.startswith("-") or "://" in text.partition(" @ ")[0]:
            continue
        try:
            one = requirements.Requirement(text)
        except requirements.InvalidRequirement as error:
            raise InvalidInput(f"{file}:{number}: {text!r} is no requirement.", str(error).splitlines()[0]) from error
        if one.marker is None or one.marker.evaluate():
            found[canonical(one.name)] = one
    return found


def closure(names: Iterable[str]) -> set[str]:
    """Return packages with all that they require, without extras, as far as they are installed here."""
    requirements = require("packaging.requirements", "ci", "The check of requirements")
    found: set[str] = set()
    waiting = [canonical(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        required = map(requirements.Requirement, lines)
        waiting += [canonical(one.name) for one in required if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found
