"""Methods of texts and paths: what they give, and which of them open the file."""

from __future__ import annotations

import posixpath
import string
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.values import (
    GAP,
    UNKNOWN,
    Content,
    Handle,
    PathValue,
    is_whole,
    items_of,
    path_text,
    plain,
    text_of,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from nbmlops.pipelines.inferring.walking import Walker

_TEXT = frozenset(
    "lower upper title capitalize strip lstrip rstrip replace split rsplit zfill removeprefix removesuffix partition "
    "rpartition splitlines startswith endswith casefold swapcase center ljust rjust".split()
)
_PARTS = frozenset({"name", "stem", "suffix"})
_SAME = frozenset({"as_posix", "expanduser", "__str__", "as_uri", "__fspath__"})
_READS = frozenset({"read_text", "read_bytes"})
_WRITES = frozenset({"write_text", "write_bytes", "touch", "symlink_to", "hardlink_to"})


def join(left: Any, *parts: Any) -> PathValue:
    """Return paths put together as ``/`` and ``os.path.join`` do.

    Examples
    --------
    >>> join("data", "raw/", "x.csv"), join(".", "x.csv"), join("data", "/etc/x")
    (PathValue(text='data/raw/x.csv'), PathValue(text='x.csv'), PathValue(text='/etc/x'))
    """
    text = text_of(left)
    for part in parts:
        more = text_of(part)
        text = more if more.startswith("/") or text in ("", ".") else f"{text.rstrip('/')}/{more}"
    return PathValue(text)


def copied_to(walker: Walker, source: str, target: str) -> str:
    """Return where a copy lies: in a folder it keeps its name."""
    is_folder = target.endswith("/") or walker.file(target).is_dir()
    return join(target, posixpath.basename(source.rstrip("/"))).text if is_folder else target


def path_attribute(value: Any, name: str) -> Any:
    """Return an attribute of a path."""
    text = text_of(value)
    if name == "parent":
        return PathValue(posixpath.dirname(text.rstrip("/")) or ".")
    if name == "parents":
        found = []
        while posixpath.dirname(text) not in (text, ""):
            text = posixpath.dirname(text)
            found.append(PathValue(text))
        return [*found, PathValue(".")] if not text.startswith("/") else found
    if name in _PARTS:
        return getattr(PurePosixPath(text), name)
    if name == "path":
        return value
    return list(PurePosixPath(text).parts) if name == "parts" else UNKNOWN


def call_of_path(  # noqa: C901, PLR0911 - one case a method
    walker: Walker, owner: PathValue, name: str, args: Sequence[Any], words: dict[str, Any], node: ast.Call | None
) -> Any:
    """Return what a method of a path gives."""
    text = owner.text
    if name in _READS:
        walker.note("read", owner, node)
        return Content(text)
    if name in _WRITES:
        walker.note("write", owner, node)
        return UNKNOWN
    if name == "open":
        mode = plain(args[0]) if args else plain(words.get("mode", "r"))
        return opened(walker, owner, mode, node)
    if name in ("rename", "replace", "copy", "copy_into", "move", "move_into") and args:
        walker.note("read", owner, node)
        target = join(args[0], posixpath.basename(text)) if name.endswith("_into") else args[0]
        walker.note("write", target, node)
        return target
    if name == "joinpath":
        return join(owner, *args)
    if name in ("glob", "rglob") and args:
        deep = ["**"] if name == "rglob" else []
        return [join(owner, *deep, args[0])]
    if name == "iterdir":
        return [join(owner, GAP)]
    if name in ("resolve", "absolute"):
        return PathValue(walker.absolute(text))
    if name in ("with_suffix", "with_name", "with_stem") and args:
        return PathValue(_renamed(text, name, text_of(args[0])))
    if name == "relative_to" and args:
        base = path_text(args[0])
        inside = base is not None and text.startswith(base.rstrip("/") + "/")
        return PathValue(text[len(base.rstrip("/")) + 1 :]) if inside and base is not None else PathValue(GAP)
    return owner if name in _SAME else UNKNOWN


def opened(walker: Walker, path: Any, mode: Any, node: ast.Call | None) -> Handle | Any:
    """Note that a file is opened, and return it open."""
    sign = mode if isinstance(mode, str) else "r"
    text = path_text(path)
    if "a" in sign or "+" in sign:
        walker.note("update", path, node)
    else:
        walker.note("write" if "w" in sign or "x" in sign else "read", path, node)
    return Handle(text) if text is not None else UNKNOWN


def call_of_text(owner: Any, name: str, args: Sequence[Any], words: dict[str, Any]) -> Any:  # noqa: PLR0911 - one case a method
    """Return what a method of a text gives; of a text with gaps, most give a gap."""
    text = text_of(owner)
    if name == "format":
        return formatted(text, args, words)
    if name == "format_map" and args and isinstance(args[0], dict):
        return formatted(text, (), args[0])
    if name == "join":
        parts = items_of(args[0]) if args else None
        return text.join(text_of(part) for part in parts) if parts is not None else GAP
    if name not in _TEXT:
        return UNKNOWN
    known = [plain(one) for one in args]
    if not is_whole(text) or not all(isinstance(one, str | int) for one in known):
        return GAP
    try:
        return getattr(text, name)(*known)
    except (TypeError, ValueError):
        return UNKNOWN


def formatted(text: str, args: Sequence[Any], words: dict[str, Any]) -> str:
    """Return what ``text.format`` gives.

    Examples
    --------
    >>> formatted("data/{}-{month:02d}.csv", ["june"], {"month": 6})
    'data/june-06.csv'
    """
    found, count = "", 0
    try:
        for before, name, spec, _ in string.Formatter().parse(text):
            found += before
            if name is None:
                continue
            if name == "" or name.isdigit():
                index = count if name == "" else int(name)
                count += 1
                value = args[index] if index < len(args) else UNKNOWN
            else:
                value = words.get(name, UNKNOWN)
            found += text_of(value, spec or "")
    except ValueError:
        return GAP
    return found


def _renamed(text: str, name: str, new: str) -> str:
    folder, _, last = text.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    if not dot or not stem:
        stem, suffix = last, ""
    if name == "with_suffix":
        renamed = stem + new
    else:
        renamed = new if name == "with_name" else new + (f".{suffix}" if suffix else "")
    return f"{folder}/{renamed}" if folder else renamed
