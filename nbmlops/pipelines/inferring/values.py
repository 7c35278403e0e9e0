"""What can be known of a value without running its code: text with gaps, paths, and what was imported or defined.

Text is kept as Python's own, so that Python's own functions work on it; what is not known in it is one private sign,
and a parameter is its name between two others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast

BEGIN, END, GAP = "\ue000", "\ue001", "\ue002"
_SLOT = re.compile(f"{BEGIN}([^{END}]*){END}")
MOST = 16
"""How many different values one expression may have before they count as unknown."""


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


@dataclass(frozen=True)
class Param:
    """A name of the ``parameters`` cell, with its value there."""

    name: str
    default: Any


@dataclass(frozen=True)
class PathValue:
    """A ``pathlib.Path``."""

    text: str


@dataclass(frozen=True)
class Ref:
    """Something imported, by its full name: ``pandas.read_csv``."""

    name: str


@dataclass(frozen=True)
class Handle:
    """An open file or data base. ``kind`` is ``file``, ``database`` or ``duckdb``."""

    path: str
    kind: str = "file"


@dataclass(frozen=True)
class Content:
    """What stands in a file."""

    path: str


@dataclass(frozen=True)
class Attribute:
    """An attribute of something that is no module: a method, most often."""

    owner: Any
    name: str


@dataclass(frozen=True)
class Partial:
    """What ``functools.partial`` gives."""

    function: Any
    args: tuple[Any, ...]
    words: dict[str, Any]


@dataclass(frozen=True)
class Either:
    """One of several values: which one depends on what is not known."""

    options: tuple[Any, ...]


@dataclass(eq=False)
class Frame:
    """Names and their values: of the notebook, of a module, of a call."""

    names: dict[str, Any] = field(default_factory=dict)
    outer: Frame | None = None
    returned: list[Any] = field(default_factory=list)

    def find(self, name: str) -> Any:
        """Return the value of a name, unknown where it has none."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.outer
        return UNKNOWN


@dataclass(eq=False)
class Function:
    """A function of the user's own, and the names around it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Frame
    owner: Any = None
    """The instance that a method was taken from."""


@dataclass(eq=False)
class Instance:
    """An instance of a class of the user's own, a class itself, or a namespace."""

    names: dict[str, Any]
    kind: Instance | None = None


@dataclass(eq=False)
class ModuleNames:
    """A module of the user's own."""

    frame: Frame


def plain(value: Any) -> Any:
    """Return the value that a parameter has when nobody sets it; anything else as it is."""
    return value.default if isinstance(value, Param) else value


def either(*options: Any) -> Any:
    """Return one of several values as a value; of texts and the like, what is not known is left out.

    Examples
    --------
    >>> either("a", "a"), either("a", UNKNOWN), either(None, UNKNOWN), either("a", "b")
    ('a', 'a', UNKNOWN, Either(options=('a', 'b')))
    """
    flat: list[Any] = []
    for one in options:
        for inner in one.options if isinstance(one, Either) else (one,):
            if inner is not UNKNOWN and not any(_same(inner, known) for known in flat):
                flat.append(inner)
    names_no_file = UNKNOWN in options and all(one is None or isinstance(one, bool | int | float) for one in flat)
    if not flat or len(flat) > MOST or names_no_file:
        return UNKNOWN
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def items_of(value: Any) -> list[Any] | None:
    """Return what a loop over a value goes through, None where that is not known."""
    # a parameter may hold another list each time
    if isinstance(value, list | tuple | set | dict | range):
        return list(value)
    return None


def options_of(value: Any) -> tuple[Any, ...]:
    """Return the values that a value may be."""
    return value.options if isinstance(value, Either) else (value,)


def text_of(value: Any, spec: str = "") -> str:
    """Return a value as it stands in a text; what is not known is a gap.

    Examples
    --------
    >>> shown(text_of(Param("month", 6), "02d")), shown(text_of(3)), shown(text_of(UNKNOWN))
    ('{month:02d}', '3', '*')
    """
    if isinstance(value, Param):
        return f"{BEGIN}{value.name}{':' + spec if spec else ''}{END}"
    if isinstance(value, PathValue):
        return value.text
    if isinstance(value, str) and (not spec or GAP in value or BEGIN in value):
        return value
    if isinstance(value, bool | int | float | str):
        try:
            return format(value, spec)
        except (ValueError, TypeError):
            return GAP
    return GAP


def path_text(value: Any) -> str | None:
    """Return the text of a value that may name a file, None where it cannot."""
    if isinstance(value, Param):
        return text_of(value) if isinstance(value.default, str) else None
    if isinstance(value, PathValue):
        return value.text
    return value if isinstance(value, str) else None


def is_whole(text: str) -> bool:
    """Tell whether a text holds neither gaps nor parameters."""
    return GAP not in text and BEGIN not in text


def shown(text: str) -> str:
    """Return a text as a path of ``pipeline.yaml``: parameters as ``{name}``, gaps as ``*``, braces doubled."""
    parts = _SLOT.split(text)
    for index, part in enumerate(parts):
        if index % 2:
            parts[index] = f"{{{part}}}"
        else:
            doubled = part.replace("{", "{{").replace("}", "}}")
            parts[index] = re.sub(rf"{GAP}[{GAP}]*", "*", doubled)
    return "".join(parts)


def is_vague(text: str) -> bool:
    """Tell whether so little of a path is known that it says nothing: ``*.csv`` of a name that is not known."""
    if GAP not in text:
        return False
    if text.startswith(GAP) and "/" in text:  # in a folder that is not known
        return True
    *folders, name = text.rstrip("/").split("/")
    stem = name.partition(".")[0]
    return not re.search(r"\w", stem.replace(GAP, "")) and not any(
        re.search(r"\w", part.replace(GAP, "")) for part in folders
    )


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # noqa: BLE001 - values of a config file may be anything
        return False
