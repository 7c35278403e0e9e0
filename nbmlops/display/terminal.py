"""Text that fits a terminal: its width, the width of what is written, colours, lines."""

from __future__ import annotations

import shutil
import unicodedata

FALLBACK_WIDTH = 100
_CODES = {
    "name": "1",
    "best": "1",
    "section": "1",
    "faint": "2",
    "better": "32",
    "worse": "33",
    "warning": "33",
    "error": "31",
    "added": "32",
    "removed": "31",
    "mark-finished": "32",
    "mark-failed": "31",
    "mark-interrupted": "33",
    "mark-running": "34",
}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def terminal_width() -> int:
    """Return the columns of the terminal; 100 where there is none."""
    return max(shutil.get_terminal_size((FALLBACK_WIDTH, 24)).columns, 40)


def plain(text: object) -> str:
    r"""Return text on one line, without what would steer a terminal.

    Examples
    --------
    >>> plain("two\nlines \x1b[31mred")
    'two lines [31mred'
    """
    line = str(text)
    if line.isprintable():
        return line
    kept = (" " if one in "\n\r\t" else one for one in line if one not in _TURNING)
    return "".join(one if one.isprintable() or one == " " or _is_joiner(one) else "" for one in kept)


def _is_joiner(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Zs", "Co")


def columns_of(text: str) -> int:
    """Return how many columns text takes: two for wide characters, none for marks that join another.

    Examples
    --------
    >>> columns_of("rf·3"), columns_of("数据"), columns_of("e\u0301")
    (4, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, width: int) -> str:
    """Return text cut to a width, with … where something was cut.

    Examples
    --------
    >>> shorten("gradient boosting", 9), shorten("rf", 9)
    ('gradient…', 'rf')
    """
    if columns_of(text) <= width:
        return text
    taken, kept = 1, []
    for character in text:
        taken += _columns(character)
        if taken > width:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def pad(text: str, width: int, right: bool = False) -> str:
    """Return text filled with blanks to a width."""
    blanks = " " * (width - columns_of(text))
    return blanks + text if right else text + blanks


def paint(text: str, style: str, color: bool) -> str:
    """Return text in the colour of its style, or as it is."""
    code = _CODES.get(style) if color and text else None
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def wrapped(text: str, width: int, indent: str = "  ", first: str | None = None) -> list[str]:
    """Return a sentence as lines that fit, each indented.

    Examples
    --------
    >>> wrapped("all that a run used", 12, "  ", "! ")
    ['! all that a', '  run used']
    """
    lines, line = [], indent if first is None else first
    used, is_empty = columns_of(line), True
    for word in plain(text).split():
        rest = word
        while rest:
            gap = "" if is_empty else " "
            taken = columns_of(rest)
            if used + len(gap) + taken <= width:
                line, used, is_empty, rest = line + gap + rest, used + len(gap) + taken, False, ""
            elif is_empty:  # a word wider than a line
                piece = shorten(rest, max(width - used, 2) + 1)[:-1] or rest[0]
                lines.append(line + piece)
                line, used, rest = indent, columns_of(indent), rest[len(piece) :]
            else:
                lines.append(line)
                line, used, is_empty = indent, columns_of(indent), True
    return [*lines, line.rstrip()] if not is_empty or not lines else lines
