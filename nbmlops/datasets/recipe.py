"""The recipe of a version: which rows of which stored stacks its columns are made of.

A *stack* is what one save wrote: some columns, in blobs of at most 262,144 rows (Arrow IPC, mostly zstd). A *node* says
which rows of stacks stand where: a stack as it is; rows of several nodes one after the other, perhaps chosen by a
map; or a node in which some rows are replaced. A column is a node and its number in each of the node's stacks, so
columns that were changed alike share their node. Nodes point at stacks, never at versions: a version needs no older
one to exist, and is read in one go.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1


@dataclass(frozen=True)
class Blob:
    """A piece of a stack."""

    digest: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class Stack:
    """What one save wrote side by side."""

    blobs: tuple[Blob, ...]

    @cached_property
    def rows(self) -> int:
        """Number of rows."""
        return sum(blob.rows for blob in self.blobs)


@dataclass(frozen=True)
class RowMap:
    """Row numbers: as few runs ``(start, count)``, or in a blob."""

    length: int
    runs: tuple[tuple[int, int], ...] = ()
    blob: Blob | None = None


@dataclass(frozen=True)
class Node:
    """Rows of stacks.

    ``stack`` alone: that stack. ``parts``: rows one after the other, chosen by ``take`` where there is one. With
    ``at``: the first part, in which the rows that ``at`` numbers are replaced by those of the second.
    """

    stack: Stack | None = None
    parts: tuple[Node, ...] = ()
    take: RowMap | None = None
    at: RowMap | None = None

    @cached_property
    def rows(self) -> int:
        """Number of rows."""
        if self.stack is not None:
            return self.stack.rows
        if self.at is not None:
            return self.parts[0].rows
        return self.take.length if self.take is not None else sum(part.rows for part in self.parts)

    @cached_property
    def depth(self) -> int:
        """How many maps stand one upon the other."""
        below = max((part.depth for part in self.parts), default=0)
        return below + (self.take is not None or self.at is not None)

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """The stacks below, each once, in their order."""
        if self.stack is not None:
            return (self.stack,)
        return tuple(dict.fromkeys(stack for part in self.parts for stack in part.stacks))

    @cached_property
    def _hash(self) -> int:
        return hash((self.stack, self.parts, self.take, self.at))

    def __hash__(self) -> int:
        return self._hash

    def maps(self) -> Iterator[Blob]:
        """Yield the blobs of the maps, here and below."""
        for rows in (self.take, self.at):
            if rows is not None and rows.blob is not None:
                yield rows.blob
        for part in self.parts:
            yield from part.maps()


@dataclass(frozen=True)
class Column:
    """A column of a version: where its values are, and what they were."""

    node: Node
    at: dict[Stack, int]
    facts: dict[str, Any]
    type: str
    form: str
    """Which missing values there are: ``none``, ``nan``, ``null`` or ``mixed``."""
    blocks: tuple[str, ...]
    beside: tuple[Blob, dict[str, Any]] | None = None

    @property
    def content(self) -> tuple[str, str, tuple[str, ...], int]:
        """What is equal where columns are."""
        return self.type, self.form, self.blocks, self.node.rows


@dataclass
class Recipe:
    """How a version is made."""

    rows: int
    layout: dict[str, Any]
    columns: dict[str, Column] = field(default_factory=dict)

    def blobs(self) -> dict[str, int]:
        """Return every blob that the version needs, with its size."""
        found: dict[str, int] = {}
        for node in dict.fromkeys(column.node for column in self.columns.values()):
            for stack in node.stacks:
                found |= {blob.digest: blob.bytes for blob in stack.blobs}
            found |= {blob.digest: blob.bytes for blob in node.maps()}
        for column in self.columns.values():
            if column.beside is not None:
                found[column.beside[0].digest] = column.beside[0].bytes
        return found

    def to_text(self) -> str:
        """Return the recipe as JSON."""
        writer = _Writer()
        columns = [writer.column(key, column) for key, column in self.columns.items()]
        return json.dumps(
            {
                "format": FORMAT,
                "rows": self.rows,
                "layout": self.layout,
                "stacks": writer.stacks,
                "nodes": writer.nodes,
                "columns": columns,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_text(cls, text: str) -> Recipe:
        """Return the recipe that `to_text` wrote."""
        found = json.loads(text)
        stacks = [Stack(tuple(Blob(*blob) for blob in blobs)) for blobs in found["stacks"]]
        nodes: list[Node] = []
        for entry in found["nodes"]:
            nodes.append(
                Node(
                    stack=stacks[entry["stack"]] if "stack" in entry else None,
                    parts=tuple(nodes[number] for number in entry.get("parts", ())),
                    take=_map(entry.get("take")),
                    at=_map(entry.get("at")),
                )
            )
        columns = {}
        for entry in found["columns"]:
            beside = entry.get("beside")
            columns[entry["key"]] = Column(
                nodes[entry["node"]],
                {stacks[int(number)]: at for number, at in entry["at"].items()},
                entry["facts"],
                entry["type"],
                entry["form"],
                tuple(entry["blocks"]),
                (Blob(*beside[0]), beside[1]) if beside else None,
            )
        return cls(found["rows"], found["layout"], columns)


class _Writer:
    """Numbers stacks and nodes while a recipe is written."""

    def __init__(self) -> None:
        self.stacks: list[list[list[Any]]] = []
        self.nodes: list[dict[str, Any]] = []
        self._stack_numbers: dict[Stack, int] = {}
        self._node_numbers: dict[Node, int] = {}

    def column(self, key: str, column: Column) -> dict[str, Any]:
        entry = {
            "key": key,
            "node": self.node(column.node),
            "at": {str(self.stack(stack)): column.at[stack] for stack in column.node.stacks},
            "facts": column.facts,
            "type": column.type,
            "form": column.form,
            "blocks": list(column.blocks),
        }
        if column.beside is not None:
            entry["beside"] = [_blob(column.beside[0]), column.beside[1]]
        return entry

    def node(self, node: Node) -> int:
        if node not in self._node_numbers:
            entry: dict[str, Any] = {}
            if node.stack is not None:
                entry["stack"] = self.stack(node.stack)
            if node.parts:
                entry["parts"] = [self.node(part) for part in node.parts]
            for name, rows in (("take", node.take), ("at", node.at)):
                if rows is not None:
                    entry[name] = {"length": rows.length}
                    entry[name] |= {"blob": _blob(rows.blob)} if rows.blob else {"runs": [list(r) for r in rows.runs]}
            self._node_numbers[node] = len(self.nodes)
            self.nodes.append(entry)
        return self._node_numbers[node]

    def stack(self, stack: Stack) -> int:
        if stack not in self._stack_numbers:
            self._stack_numbers[stack] = len(self.stacks)
            self.stacks.append([_blob(blob) for blob in stack.blobs])
        return self._stack_numbers[stack]


def _blob(blob: Blob) -> list[Any]:
    return [blob.digest, blob.rows, blob.bytes]


def _map(entry: dict[str, Any] | None) -> RowMap | None:
    if entry is None:
        return None
    if "blob" in entry:
        return RowMap(entry["length"], blob=Blob(*entry["blob"]))
    return RowMap(entry["length"], tuple((start, count) for start, count in entry["runs"]))
