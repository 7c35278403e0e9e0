"""Shapley values of a game of few players, exactly.

References
----------
Shapley, L. S. (1953). "A value for n-person games". Contributions to the Theory of Games II, 307–317.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Player = TypeVar("Player")


def coalitions(players: Sequence[Player]) -> list[frozenset[Player]]:
    """Return every subset of the players, the small ones first.

    Examples
    --------
    >>> [sorted(one) for one in coalitions(["code", "data"])]
    [[], ['code'], ['data'], ['code', 'data']]
    """
    sizes = range(len(players) + 1)
    return [frozenset(some) for size in sizes for some in itertools.combinations(players, size)]


def shapley(players: Sequence[Player], value: Callable[[frozenset[Player]], float]) -> dict[Player, float]:
    """Return what each player adds on average over all orders in which they may come.

    Parameters
    ----------
    players : sequence
        At most a dozen: every subset is valued once.
    value : callable
        What a subset is worth. The values add up to that of all players less that of none.

    Examples
    --------
    >>> worth = {frozenset(): 0.0, frozenset("a"): 1.0, frozenset("b"): 2.0, frozenset("ab"): 5.0}
    >>> shapley("ab", worth.__getitem__)
    {'a': 2.0, 'b': 3.0}
    """
    worth = {subset: value(subset) for subset in coalitions(players)}
    count = len(players)
    shares: dict[Player, float] = {}
    for player in players:
        others = [one for one in players if one != player]
        shares[player] = math.fsum(
            math.factorial(len(subset))
            * math.factorial(count - len(subset) - 1)
            / math.factorial(count)
            * (worth[subset | {player}] - worth[subset])
            for subset in coalitions(others)
        )
    return shares
