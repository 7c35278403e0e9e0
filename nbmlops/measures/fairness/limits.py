"""How far apart groups may be: the least that a ratio between them is allowed to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbmlops.measures.fairness.records import Fairness, Gap

USUAL = "demographic_parity_ratio"
"""What a number alone is a limit of; from four fifths on, practice calls it alike (29 CFR 1607.4 D)."""
RATIOS = (USUAL, "equalized_odds_ratio")


def limits_of(words: Iterable[str]) -> dict[str, float]:
    """Return limits by the names of gaps.

    Parameters
    ----------
    words : iterable of str
        ``0.8``, or ``equalized_odds_ratio=0.8``.

    Raises
    ------
    InvalidInput
        A word is no limit.

    Examples
    --------
    >>> limits_of(["0.8", "equalized_odds_ratio=0.7"])
    {'demographic_parity_ratio': 0.8, 'equalized_odds_ratio': 0.7}
    """
    found = {}
    for word in words:
        name, _, number = word.rpartition("=")
        name = name.strip() or USUAL
        if name not in RATIOS:
            raise InvalidInput(f"there is no ratio {name!r}.", did_you_mean(name, RATIOS, ", ".join(RATIOS)))
        try:
            limit = float(number)
        except ValueError:
            limit = -1.0
        if not 0 < limit <= 1:
            raise InvalidInput(f"a limit is a number above 0 and up to 1, not {number!r}.", "--fail-below 0.8")
        found[name] = limit
    return found


def broken_limits(fairness: Fairness, limits: Mapping[str, float]) -> list[Gap]:
    """Return the gaps below their limits, of every grouping.

    Raises
    ------
    InvalidInput
        In no grouping is there such a ratio: then nothing can be said to hold.

    Examples
    --------
    >>> from nbmlops.measures.fairness import fairness_of
    >>> found = fairness_of(None, [1, 1, 1, 0], {"sex": list("ffmm")}, min_rows=1)
    >>> [str(gap) for gap in broken_limits(found, {"demographic_parity_ratio": 0.8})]
    ['demographic_parity_ratio: 0.5 (0.125 to 1.999), sex = m beside sex = f']
    """
    broken = []
    for name, limit in limits.items():
        gaps = [gap for one in fairness.groupings for gap in one.gaps if gap.name == name and gap.value is not None]
        if not gaps:
            raise InvalidInput(
                f"{name} cannot be told of these rows.",
                "It needs labels, two groups that are large enough, and for equalized odds a truth.",
            )
        broken += [gap for gap in gaps if gap.value is not None and gap.value < limit]
    return broken
