"""Models that are asked many small questions answer each in one thread: starting more costs more than it gains."""

from __future__ import annotations

from typing import Any


def one_thread() -> Any:
    """Return a context in which models and their arithmetic start no threads of their own.

    Examples
    --------
    >>> with one_thread():
    ...     pass
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    return threadpool_limits(1)
