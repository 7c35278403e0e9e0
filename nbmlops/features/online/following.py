"""A growing file of JSON lines, pushed as it grows; how far it was read is noted with what was pushed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nbmlops.features.online.pushing import Pushed, Pusher
    from nbmlops.store.online import OnlineFile

MOST_ROWS = 5_000
"""Lines that are pushed at once."""
PATIENCE = 0.2
"""Seconds between two looks at a file that has not grown."""


def follow_lines(
    pusher: Pusher, store: OnlineFile, file: Path, *, forever: bool, told: Callable[[Pushed], object]
) -> int:
    """Push a file's lines behind those that were pushed before; see `Online.follow`."""
    if not file.is_file():
        raise NotFound(f"there is no file {file}.", "It must be there, empty or not, before it is followed.")
    place = str(file.absolute())
    total = 0
    while True:
        found = file.stat()
        number, _, end_before = store.position(pusher.view.name, place).partition(":")
        position = int(end_before or 0)
        if number != str(found.st_ino) or found.st_size < position:
            position = 0  # another file has its name, or it was begun anew
        for rows, end in _batches(file, position):
            pushed = pusher.push(rows, followed=(place, f"{found.st_ino}:{end}"))
            total += pushed.rows
            told(pushed)
        if not forever:
            return total
        time.sleep(PATIENCE)


def _batches(file: Path, position: int) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Yield records and where they end, some thousand at a time; whole lines only."""
    rows: list[dict[str, Any]] = []
    with file.open("rb") as reader:
        reader.seek(position)
        end = position
        for line in reader:
            if not line.endswith(b"\n"):
                break  # it is still being written
            if line.strip():
                try:
                    row = _record(line, end, file)
                except InvalidInput:
                    if rows:
                        yield rows, end
                    raise
                rows.append(row)
            end += len(line)
            if len(rows) >= MOST_ROWS:
                yield rows, end
                rows = []
    if rows:
        yield rows, end


def _record(line: bytes, start: int, file: Path) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InvalidInput(
            f"{file.name} holds no JSON at byte {start}: {line[:60].decode(errors='replace')!r}.",
            "Mend the line; what stood before it was kept.",
        ) from error
    if not isinstance(row, dict):
        raise InvalidInput(f"{file.name} holds no record at byte {start}.", 'A line is {"origin": "EWR", …}')
    return row
