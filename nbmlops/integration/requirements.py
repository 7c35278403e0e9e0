"""Whether a place has what a model needs: its packages beside those that the model was made with."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.lock import canonical
from nbmlops.errors import InvalidInput, NotFound
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OWN = "nbmlops"
_INCLUDED = re.compile(r"^(-[rc]|--(?:requirement|constraint)(?=[\s=]))\s*=?\s*(\S.*)$")


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
    wanted, bounds = read_requirements(file)
    brought = closure((one.name, one.extras) for one in wanted)
    found = []
    for name, version in needs.items():
        key = canonical(name)
        if key == OWN:
            continue
        if key not in brought:
            found.append(f"{name} is not among the requirements, and the model needs it")
            continue
        made = next((said for other, said in recorded.items() if canonical(other) == key), version)
        found += [
            f"{one} does not allow {name} {made}, which the model was made with"
            for one in (*wanted, *bounds)
            if canonical(one.name) == key and not one.specifier.contains(made, prereleases=True)
        ]
    return found


def read_requirements(file: Path) -> tuple[list[Any], list[Any]]:
    """Return what a file requires, and what bounds the versions of it: requirements as `packaging` has them.

    The files that ``-r`` and ``-c`` name are read too; other options, and addresses, are passed over.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        A file is no text, or a line cannot be read.
    """
    wanted: list[Any] = []
    bounds: list[Any] = []
    waiting, seen = [(file, False)], set[tuple[Path, bool]]()
    while waiting:
        one, is_bound = waiting.pop()
        if (one.resolve(), is_bound) in seen:
            continue
        seen.add((one.resolve(), is_bound))
        for number, line in enumerate(_lines(one), 1):
            included = _INCLUDED.match(line)
            if included is not None:
                option, named = included.groups()
                if "://" not in named:
                    waiting.append((one.parent / named, is_bound or option in ("-c", "--constraint")))
            else:
                (bounds if is_bound else wanted).extend(_requirement(line, f"{one}:{number}"))
    return wanted, bounds


def _lines(file: Path) -> list[str]:
    if not file.is_file():
        raise NotFound(f"there is no file {file}.", "--requirements requirements.txt")
    try:
        text = file.read_text(encoding="utf-8-sig")  # editors on Windows put a mark in front
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not written in UTF-8: {error}.", "Save it as UTF-8.") from error
    lines = (re.sub(r"(^|\s)#.*$", "", line).split(" --hash")[0] for line in text.splitlines())
    return [line.strip().rstrip("\\").strip() for line in lines]


def _requirement(text: str, where: str) -> list[Any]:
    """Return the requirement of a line; none where it is an option, an address, or for another system."""
    requirements = require("packaging.requirements", "ci", "The check of requirements")
    if not text or text.startswith("-") or "://" in text.partition(" @ ")[0]:
        return []
    try:
        one = requirements.Requirement(text)
    except requirements.InvalidRequirement as error:
        raise InvalidInput(f"{where}: {text!r} is no requirement.", str(error).splitlines()[0]) from error
    return [one] if one.marker is None or one.marker.evaluate() else []


def closure(wanted: Iterable[tuple[str, Iterable[str]]]) -> set[str]:
    """Return packages with all that they require, as far as they are installed here.

    Parameters
    ----------
    wanted : iterable of tuple
        Names, each with the extras that are asked for.
    """
    requirements = require("packaging.requirements", "ci", "The check of requirements")
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(canonical(name), frozenset(extras)) for name, extras in wanted]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        waiting += [
            (canonical(one.name), frozenset(one.extras))
            for one in map(requirements.Requirement, lines)
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))
        ]
    return {name for name, _ in seen}
