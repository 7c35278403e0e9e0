"""No collection of garbage while nbmlops looks on: one over the figures of a session takes a third of a second."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Put off what Python would collect by itself until the end of a block, or of the function that this decorates.

    Examples
    --------
    >>> with no_collection():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    if not gc.isenabled():  # as the user wants it, or in a block inside of another one
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
