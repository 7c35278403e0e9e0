"""Facts with more of them: put together in Python, since SQLite's JSON knows no NaN."""

from __future__ import annotations

from typing import Any


def merged(facts: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return facts with more of them: dictionaries member by member, all else in place of what was there.

    Examples
    --------
    >>> merged({"listed": {"a": 1}, "rate": 2}, {"listed": {"b": 3}, "rate": [4]})
    {'listed': {'a': 1, 'b': 3}, 'rate': [4]}
    """
    found = dict(facts)
    for name, value in more.items():
        before = found.get(name)
        found[name] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return found
