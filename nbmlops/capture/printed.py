"""What a cell prints, listened to on the way: the stream itself stays as it is."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from nbmlops.capture.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CHARACTERS = 200_000
MAX_KEPT = 2_000

_VOLATILE = re.compile(
    r"0x[0-9a-fA-F]{6,}"  # addresses
    r"|\d[\d.,]*\s*(?:ns|µs|us|ms|secs?|seconds?|s|mins?|minutes?|hours?|h)(?:/\w+)?\b"  # durations and rates
    r"|\d[\d.,]*\s*\w*it/s"
    r"|\b\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\b"  # clocks
    r"|\b\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}\S*"
    r"|\b[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4}\b"  # dates as a clock gives them
    r"|/tmp/\S+",
)


class Printed:
    """Listens to what is written to standard output, where the stream lets itself be listened to.

    Parameters
    ----------
    is_showing : callable, optional
        Tells whether the shell is writing a value or a traceback: that is not printed by the cell.

    Examples
    --------
    >>> class Stream:
    ...     def write(self, text): return len(text)
    >>> real, sys.stdout = sys.stdout, Stream()
    >>> listening = Printed().start()
    >>> _ = sys.stdout.write("took 1.5 s")
    >>> listening.stop()
    >>> sys.stdout = real
    >>> listening.text
    'took 1.5 s'
    """

    def __init__(self, is_showing: Callable[[], bool] | None = None) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._stream: Any = None
        self._before: Any = None
        self._listener: Any = None
        self._is_showing = is_showing
        self.was_heard = False

    def start(self) -> Printed:
        """Begin to listen."""
        stream = sys.stdout
        write = getattr(stream, "write", None)
        # a stream without room for attributes cannot be listened to: there the cell's output is not known
        if write is None or not hasattr(stream, "__dict__"):
            return self

        def listened(text: str, *args: Any, **kwargs: Any) -> Any:
            result = write(text, *args, **kwargs)
            is_heard = self._stream is not None and self._length < MAX_CHARACTERS and isinstance(text, str)
            if is_heard and not (self._is_showing is not None and self._is_showing()):
                self._parts.append(text)
                self._length += len(text)
            return result

        self._before = vars(stream).get("write")  # IPython 9 listens in the same way, and around the cell
        with contextlib.suppress(AttributeError, TypeError):
            stream.write = listened  # type: ignore[method-assign]
            self._stream, self._listener, self.was_heard = stream, listened, True
        return self

    def stop(self) -> None:
        """Stop listening; a stream that somebody else listens to by now is left to them."""
        stream, self._stream = self._stream, None
        if stream is None or vars(stream).get("write") is not self._listener:
            return
        with contextlib.suppress(AttributeError):
            if self._before is None:
                del stream.write
            else:
                stream.write = self._before

    @property
    def text(self) -> str:
        """What was heard."""
        return "".join(self._parts)

    def facts(self, *, is_volatile: bool) -> dict[str, Any] | None:
        """Return what a run records: a digest in which times and addresses are alike, and the beginning of the text."""
        if not self.was_heard:
            return None
        text = self.text
        kept, _ = mask(text[:MAX_KEPT])
        return {
            "digest": f"b3:{blake3(_VOLATILE.sub('~', text).encode('utf-8', 'surrogatepass')).hexdigest()[:32]}",
            "characters": len(text),
            "text": kept,
            **({"volatile": True} if is_volatile else {}),
        }
