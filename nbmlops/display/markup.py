"""The one place where text becomes HTML: escaping, small tags, and the style that follows the host's theme."""

from __future__ import annotations

import html
import unicodedata

# Colours are the host's; where it has none, neutral ones that are mixed with its text colour, so that they can be read
# in light and in dark. Hosts that strip styles (GitHub) keep plain tables and words.
CARD_STYLE = (
    "<style>"
    ".nbo{color:var(--jp-content-font-color1,inherit);font:var(--jp-ui-font-size1,13px)/1.5 "
    "var(--jp-ui-font-family,system-ui,sans-serif);font-variant-numeric:tabular-nums;max-width:100%}"
    ".nbo summary{cursor:pointer}.nbo details>:not(summary){margin-left:1.1em}"
    ".nbo .o-m{display:inline-block;margin-right:1.4em;white-space:nowrap}"
    ".nbo .o-n{font-weight:600}"
    ".nbo .o-f,.nbo th{color:color-mix(in srgb,currentColor 72%,transparent);font-weight:400}"
    ".nbo .o-g{color:color-mix(in srgb,var(--jp-success-color1,#388e3c) 75%,currentColor)}"
    ".nbo .o-w{color:color-mix(in srgb,var(--jp-warn-color1,#e65100) 62%,currentColor)}"
    ".nbo .o-r{color:color-mix(in srgb,var(--jp-error-color1,#d32f2f) 72%,currentColor)}"
    ".nbo .o-b{font-weight:700}"
    ".nbo table.o-t.o-t{border-collapse:collapse;border:0;margin:2px 0 6px;font-size:inherit;width:auto;"
    "table-layout:auto}"
    ".nbo .o-t.o-t tr{background:none;border:0}"
    ".nbo .o-t.o-t td,.nbo .o-t.o-t th{padding:1px 14px 1px 0;text-align:left;vertical-align:top;border:0;"
    "max-width:36em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}"
    ".nbo .o-t.o-k td{white-space:normal;overflow-wrap:anywhere;max-width:80em}"
    ".nbo .o-t.o-t .o-x{text-align:right}"
    "</style>"
)
PAGE_STYLE = (
    CARD_STYLE[: -len("</style>")] + ".nbo .o-s{overflow-x:auto}"
    ".nbo .o-h.o-h.o-h thead th{border-bottom:1px solid var(--jp-border-color1,rgba(128,128,128,.5))}"
    ".nbo .o-h.o-h.o-h tbody tr:hover{background:var(--jp-rendermime-table-row-hover-background,rgba(128,128,128,.12))}"
    ".nbo .o-h.o-h.o-h .o-l{white-space:normal;min-width:16em}"
    ".nbo .o-h.o-h.o-h .o-c{padding-top:9px;font-weight:600;color:inherit}"
    ".nbo h4.o-4{font:inherit;font-weight:600;margin:10px 0 2px}.nbo p{margin:2px 0}"
    ".nbo pre.o-p{margin:2px 0 6px;padding:6px 8px;overflow-x:auto;font:var(--jp-code-font-size,12px)/1.45 "
    "var(--jp-code-font-family,monospace);background:color-mix(in srgb,currentColor 6%,transparent);color:inherit;"
    "border:0}"
    ".nbo .o-a,.nbo .o-d{display:inline-block;min-width:100%}"
    ".nbo .o-a{background:color-mix(in srgb,var(--jp-success-color1,#388e3c) 22%,transparent)}"
    ".nbo .o-d{background:color-mix(in srgb,var(--jp-error-color1,#d32f2f) 20%,transparent)}"
    ".nbo .o-t.o-en.o-en td,.nbo .o-t.o-en.o-en th{padding:1px 8px;text-align:right}"
    ".nbo .o-t.o-e.o-e td{padding:0;min-width:11px;height:16px}"
    ".nbo .o-t:is(.o-e,.o-en).o-t.o-t td{border:1px solid var(--jp-layout-color0,Canvas)}"
    ".nbo .o-v{display:inline-block;margin:2px 22px 6px 0;vertical-align:top;max-width:100%}"
    ".nbo svg{max-width:100%;height:auto;overflow:visible}"
    ".nbo svg text{fill:currentColor;font:11px var(--jp-ui-font-family,system-ui,sans-serif)}"
    "</style>"
)
STATE_WORDS = {"running": "●", "finished": "✓", "failed": "✗", "interrupted": "◼"}
ARCHIVED = "◌"
_STATE_CLASSES = {"finished": "o-g", "failed": "o-r", "interrupted": "o-w"}
_CLASSES = {
    "name": "o-n",
    "faint": "o-f",
    "better": "o-g",
    "worse": "o-w",
    "warning": "o-w",
    "error": "o-r",
    "best": "o-b",
    "section": "o-c",
    "mark-finished": "o-g",
    "mark-failed": "o-r",
    "mark-interrupted": "o-w",
    "mark-running": "o-n",
}


def esc(value: object) -> str:
    """Return text that was made by someone else as HTML shows it; nothing of it can become a tag or leave an attribute.

    Examples
    --------
    >>> esc('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    text = str(value)
    if not text.isprintable():
        text = "".join(character if _is_shown(character) else "�" for character in text)
    return html.escape(text)


def _is_shown(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")


def span(text: str, style: str = "", title: str = "") -> str:
    """Return escaped text in its style, with what a reader sees on hover.

    Examples
    --------
    >>> span("a<b", "best"), span("plain")
    ('<span class="o-b">a&lt;b</span>', 'plain')
    """
    inside = esc(text)
    name = _CLASSES.get(style, "")
    if not name and not title:
        return inside
    attributes = (f' class="{name}"' if name else "") + (f' title="{esc(title)}"' if title else "")
    return f"<span{attributes}>{inside}</span>"


def css_class(style: str) -> str:
    """Return the class that stands for a style; empty for none."""
    return _CLASSES.get(style, "")


def bdi(text: object, style: str = "", title: str = "") -> str:
    """Return escaped text whose direction of writing does not turn what stands around it."""
    name = _CLASSES.get(style, "")
    attributes = (f' class="{name}"' if name else "") + (f' title="{esc(title)}"' if title else "")
    return f"<bdi{attributes}>{esc(text)}</bdi>"


def mark(status: str, archived: bool = False) -> tuple[str, str, str]:
    """Return mark, word and style of a run's state.

    Examples
    --------
    >>> mark("failed"), mark("finished", archived=True)[:2]
    (('✗', 'failed', 'mark-failed'), ('◌', 'finished, archived'))
    """
    sign = ARCHIVED if archived else STATE_WORDS.get(status, "?")
    return sign, f"{status}, archived" if archived else status, f"mark-{status}"


def folded(title: str, inside: str, is_open: bool = False) -> str:
    """Return a part that opens on a click; the title is HTML already."""
    return f"<details{' open' if is_open else ''}><summary>{title}</summary>{inside}</details>"


def page(*parts: str) -> str:
    """Return a view's HTML: its parts under the style of pages."""
    return f'<div class="nbo">{PAGE_STYLE}{"".join(part for part in parts if part)}</div>'
