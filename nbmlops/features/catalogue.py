"""The catalogue: feature views found by words, best match first, with SQLite's full-text search.

The index is made anew for each search, in memory: a thousand views take some ten milliseconds, and none is stale.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.features.records import FeatureView

_WORD = re.compile(r"\w+", re.UNICODE)
_COLUMNS = "name, features, description, about, body"
_WEIGHTS = "10, 6, 4, 3, 1"
"""Of name, features, description, tags and owner, and the body with its sources."""


def search_views(views: Sequence[FeatureView], words: str) -> list[FeatureView]:
    """Return the views in which all words stand, or begin a word, best first.

    Raises
    ------
    InvalidInput
        There is no word to look for.
    """
    wanted = _WORD.findall(words)
    if not wanted:
        raise InvalidInput("there is no word to look for.", "nbmlops features search delay")
    with contextlib.closing(sqlite3.connect(":memory:")) as index:
        index.execute(f"CREATE VIRTUAL TABLE views USING fts5 ({_COLUMNS}, tokenize = 'porter unicode61')")
        index.executemany(
            f"INSERT INTO views (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
            ((at, *_texts(view)) for at, view in enumerate(views)),
        )
        match = " AND ".join(f'"{word}"*' for word in wanted)
        rows = index.execute(f"SELECT rowid FROM views WHERE views MATCH ? ORDER BY bm25(views, {_WEIGHTS})", (match,))
        return [views[at] for (at,) in rows.fetchall()]


def _texts(view: FeatureView) -> tuple[str, ...]:
    definition = view.definition
    spaced = f"{view.name} {view.name.replace('_', ' ')}"
    columns = " ".join(f"{name} {name.replace('_', ' ')}" for name in (*view.features, *definition.entity))
    tags = " ".join(f"{key} {value}" for key, value in view.tags.items())
    sources = " ".join(f"{source.name} {source.address} {source.table}" for source in definition.sources)
    return spaced, columns, view.description, f"{tags} {view.owner}", f"{definition.text} {sources}"
