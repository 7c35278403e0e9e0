"""A view as an HTML file of its own: no script, nothing from another place, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.display.markup import esc
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path


def document(title: str, inside: str) -> str:
    """Return a whole page around the HTML of a view.

    Examples
    --------
    >>> document("drift", "<p>nothing</p>")[:44]
    '<!doctype html><html lang="en"><head><meta c'
    """
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{esc(title)}</title><style>:root{{color-scheme:light dark}}body{{margin:2em auto;max-width:72em;"
        f"padding:0 1em}}</style></head><body>{inside}</body></html>\n"
    )


def write_text(path: Path, text: str) -> None:
    """Write a report, whole or not at all.

    Raises
    ------
    InvalidInput
        It cannot be written there.
    """
    scratch = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(text, encoding="utf-8", errors="replace")
        scratch.replace(path)
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be written: {error.strerror or error}.", "Name another file: --out"
        ) from None
    finally:
        scratch.unlink(missing_ok=True)
