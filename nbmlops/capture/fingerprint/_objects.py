"""Digests of object graphs: nodes in a canonical form, dictionaries and sets without order.

A container or an object is hashed once, however often the graph holds it, so equal content gives equal
digests whether or not parts are shared. Where objects refer to each other in thousands of rings, each would
have to be hashed once for every way that leads to it: such a graph is hashed with its nodes numbered as they
are met. No ``__eq__``, ``__hash__`` or ``__repr__`` of user classes is called; ``__getstate__`` and
``__reduce_ex__`` are, as pickling would.
"""

from __future__ import annotations

import struct
import types
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from nbmlops.capture.fingerprint._detect import form_of_type
from nbmlops.capture.fingerprint._leaf import as_text
from nbmlops.capture.fingerprint._record import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    NodeWriter = Callable[["Walker", bytearray, Any], None]

MAX_DEPTH = 150
MAX_IN_RINGS = 5_000
"""Nodes that refer to what stands above them, until the graph counts as tangled."""
_NAN = struct.pack("<d", float("nan"))
_REFUSED = (
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    types.FrameType,
    types.TracebackType,
)


def object_digest(obj: object, *, budget_bytes: int | None = None, temporary: str | None = None) -> str | None:
    """Return the content digest of an object graph; None when a part has none or it passes ``budget_bytes``.

    With ``temporary`` what is another one every time does not count: paths in that folder, and the entries of
    dictionaries and frames in which scikit-learn's cross-validations say how long they took.

    What scikit-learn's searches record of the clock (like ``mean_fit_time``) and the version that its
    ``__getstate__`` adds are left out: a model fitted again in the same way has the same digest.

    Examples
    --------
    >>> object_digest({"a": {1, 2}, "b": 0.5}) == object_digest({"b": 0.5, "a": {2, 1}})
    True
    >>> object_digest([1]) == object_digest([1.0])
    False
    >>> print(object_digest(value for value in "abc"))
    None
    """
    walker = Walker(budget_bytes, temporary=temporary)
    try:
        return as_text(blake3(b"object1" + walker.encoded_whole(obj)).digest())
    except (Unreadable, RecursionError):
        return None


class _Tangled(Unreadable):
    """A graph has so many rings that its nodes must be numbered."""


class Walker:
    """Writes canonical bytes of objects; one walker may serve many objects while they live.

    Parameters
    ----------
    budget_bytes
        `Unreadable` is raised when more bytes than this were read.
    numbers
        Whether a node that is met again is its number, as in a pickle: then what is shared counts.
    temporary
        The folder in which all paths are alike; then ``leaves_out`` are keys of entries that do not count.
    """

    def __init__(self, budget_bytes: int | None = None, *, numbers: bool = False, temporary: str | None = None) -> None:
        self.left = budget_bytes
        self._numbers: dict[int, tuple[object, int]] | None = {} if numbers else None
        self._in_rings = 0
        self._temporary = temporary
        self.leaves_out: frozenset[str] = frozenset() if temporary is None else _times()
        self.scalars = _SCALARS if temporary is None else {**_SCALARS, str: _str_outside(temporary)}
        self._path: dict[int, int] = {}
        self._done: dict[int, tuple[object, bytes]] = {}
        self._lowest_cycle = MAX_DEPTH
        self._writers: dict[type, NodeWriter] = dict(_NODES)

    def encoded_whole(self, obj: object) -> bytes:
        """Return bytes that tell the content of a whole graph, also of a tangled one."""
        self._in_rings = 0
        try:
            return self.encoded(obj)
        except _Tangled:
            self._lowest_cycle = MAX_DEPTH
            return b"numbered" + Walker(self.left, numbers=True, temporary=self._temporary).encoded(obj)

    def encoded(self, obj: object) -> bytes:
        """Return bytes that tell the object's content and where it ends."""
        out = bytearray()
        self.write(out, obj)
        return bytes(out)

    def write(self, out: bytearray, obj: object) -> None:
        """Append the object's bytes."""
        writer = self.scalars.get(type(obj))
        if writer is not None:
            writer(out, obj)
        else:
            self._write_node(out, obj)

    def encoded_alone(self, obj: object) -> bytes:
        """Return bytes of one of several objects that have no order: its numbers must not depend on the others'."""
        if self._numbers is None:
            return self.encoded(obj)
        alone = Walker(self.left, numbers=True, temporary=self._temporary)
        found = alone.encoded(obj)
        self.left = alone.left
        return found

    def write_all(self, out: bytearray, items: Iterable[object]) -> None:
        """Append the bytes of each item."""
        for item in items:
            writer = self.scalars.get(type(item))
            if writer is not None:
                writer(out, item)
            else:
                self._write_node(out, item)

    def write_pairs(self, out: bytearray, pairs: Iterable[tuple[object, object]]) -> None:
        """Append keys and values, in the order of the keys' bytes."""
        keyed = sorted(((self.encoded_alone(key), value) for key, value in pairs), key=itemgetter(0))
        out += b"{" + len(keyed).to_bytes(8, "little")
        for key, value in keyed:
            out += key
            self.write(out, value)

    def spend(self, count: int) -> None:
        """Take bytes from the budget."""
        if self.left is not None:
            self.left -= count
            if self.left < 0:
                raise Unreadable("larger than the budget")

    def _write_node(self, out: bytearray, obj: object) -> None:
        if self._was_met(out, obj):
            return
        known = self._done.get(id(obj))
        if known is not None:
            out += known[1]
            return
        depth = len(self._path)
        start = self._path.get(id(obj))
        if start is not None:
            self._lowest_cycle = min(self._lowest_cycle, start)
            out += b"^" + (depth - start).to_bytes(8, "little")
            return
        if depth >= MAX_DEPTH:
            raise Unreadable(f"nested more than {MAX_DEPTH} deep")
        outer, self._lowest_cycle = self._lowest_cycle, MAX_DEPTH
        self._path[id(obj)] = depth
        kind = type(obj)
        writer = self._writers.get(kind)
        if writer is None:
            writer = self._writers[kind] = _node_writer(kind)
        body = bytearray()
        try:
            writer(self, body, obj)
        finally:
            del self._path[id(obj)]
        if self.left is not None:
            self.spend(len(body))
        node = b"N" + blake3(body).digest()
        if self._lowest_cycle >= depth:  # nothing below refers to what is above: the bytes hold wherever it stands
            self._done[id(obj)] = (obj, node)
            self._lowest_cycle = MAX_DEPTH
        else:
            self._note_ring()
        self._lowest_cycle = min(outer, self._lowest_cycle)
        out += node

    def _note_ring(self) -> None:
        self._in_rings += 1
        if self._in_rings > MAX_IN_RINGS and self._numbers is None:
            raise _Tangled("tangled")

    def _was_met(self, out: bytearray, obj: object) -> bool:
        """Append the number of a node that was met before; give the others their numbers."""
        if self._numbers is None:
            return False
        met = self._numbers.get(id(obj))
        if met is None:
            self._numbers[id(obj)] = (obj, len(self._numbers))
            return False
        out += b"^" + met[1].to_bytes(8, "little")
        return True


def _int(out: bytearray, value: Any) -> None:
    size = value.bit_length() // 8 + 1
    out += b"i" + size.to_bytes(4, "little") + value.to_bytes(size, "little", signed=True)


def _float(out: bytearray, value: Any) -> None:
    out += b"f" + (struct.pack("<d", value) if value == value else _NAN)  # noqa: PLR0124 - NaN


def _complex(out: bytearray, value: Any) -> None:
    out += b"c"
    _float(out, value.real)
    _float(out, value.imag)


def _str(out: bytearray, value: Any) -> None:
    text = value.encode("utf-8", "surrogatepass")
    out += b"s" + len(text).to_bytes(8, "little") + text


def _times() -> frozenset[str]:
    from nbmlops.capture.fingerprint._states import TIMES

    return TIMES


def _str_outside(temporary: str) -> Callable[[bytearray, Any], None]:
    start = temporary.rstrip("/\\")

    def write(out: bytearray, value: Any) -> None:
        _str(out, "a temporary path" if value.startswith(start) else value)

    return write


def _bytes(out: bytearray, value: Any) -> None:
    out += b"b" + len(value).to_bytes(8, "little") + value


def _constant(mark: bytes) -> Callable[[bytearray, Any], None]:
    def write(out: bytearray, _: Any) -> None:
        out += mark

    return write


def _bool(out: bytearray, value: Any) -> None:
    out += b"t" if value else b"F"


_SCALARS: dict[type, Callable[[bytearray, Any], None]] = {
    int: _int,
    float: _float,
    complex: _complex,
    str: _str,
    bytes: _bytes,
    bool: _bool,
    type(None): _constant(b"n"),
    type(Ellipsis): _constant(b"e"),
    type(NotImplemented): _constant(b"u"),
}


def _list(walker: Walker, out: bytearray, value: Any) -> None:
    out += (b"[" if type(value) is list else b"(") + len(value).to_bytes(8, "little")
    walker.write_all(out, value)


def _dict(walker: Walker, out: bytearray, value: Any) -> None:
    items = list(value.items())
    if walker.leaves_out and not walker.leaves_out.isdisjoint(value):
        items = [(key, item) for key, item in items if key not in walker.leaves_out]
    if all(type(key) is str for key, _ in items):
        items.sort(key=itemgetter(0))
        out += b"{" + len(items).to_bytes(8, "little")
        for key, item in items:
            text = key.encode("utf-8", "surrogatepass")
            out += b"s" + len(text).to_bytes(8, "little") + text
            writer = walker.scalars.get(type(item))
            if writer is not None:
                writer(out, item)
            else:
                walker.write(out, item)
    else:
        walker.write_pairs(out, items)


def _set(walker: Walker, out: bytearray, value: Any) -> None:
    parts = sorted(walker.encoded_alone(item) for item in value)
    out += b"<" + len(parts).to_bytes(8, "little") + b"".join(parts)


def _bytearray(walker: Walker, out: bytearray, value: Any) -> None:
    del walker
    _bytes(out, bytes(value))


_NODES: dict[type, NodeWriter] = {
    list: _list,
    tuple: _list,
    dict: _dict,
    set: _set,
    frozenset: _set,
    bytearray: _bytearray,
}


def _node_writer(kind: type) -> NodeWriter:
    from nbmlops.capture.fingerprint._arrays import write_array, write_data
    from nbmlops.capture.fingerprint._states import write_object
    from nbmlops.capture.fingerprint._values import value_writer

    if issubclass(kind, _REFUSED):
        raise Unreadable(f"a {kind.__qualname__}")
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name == "numpy.ndarray":
        return write_array
    writer = value_writer(kind, name)
    if writer is not None:
        return writer
    return write_object if form_of_type(kind) is None else write_data
