"""Changes of a stream of numbers as they come: ADWIN and the test of Page and Hinkley."""

from __future__ import annotations

import math
from typing import Protocol


class StreamTest(Protocol):
    """Takes one value after the other, and says when the stream has changed."""

    def update(self, value: float) -> bool:
        """Take a value; tell whether the stream has changed. What came before a change is forgotten."""


class PageHinkley:
    """The test of Page (1954) and Hinkley (1971): whether the mean has risen or fallen.

    It sums how far values lie from the mean so far, less ``slack``, and compares the sum with its smallest (largest)
    so far; a gap of ``threshold`` is a change.

    Parameters
    ----------
    slack : float
        How far values may lie off, in the units of the stream.
    threshold : float
        The gap that counts, in the units of the stream; larger is later and surer.
    wait : int
        How many values come before anything is said.

    Examples
    --------
    >>> test = PageHinkley(slack=0.1, threshold=5)
    >>> [at for at, value in enumerate([0.0] * 100 + [1.0] * 20) if test.update(value)]
    [105]
    """

    def __init__(self, slack: float = 0.005, threshold: float = 50.0, wait: int = 30) -> None:
        self.slack, self.threshold, self.wait = slack, threshold, wait
        self._count, self._mean = 0, 0.0
        self._up, self._down, self._least, self._most = 0.0, 0.0, 0.0, 0.0

    def update(self, value: float) -> bool:
        """Take a value; tell whether the mean has changed."""
        self._count += 1
        self._mean += (value - self._mean) / self._count
        off = value - self._mean
        self._up = self._up + off - self.slack
        self._down = self._down + off + self.slack
        self._least, self._most = min(self._least, self._up), max(self._most, self._down)
        gap = max(self._up - self._least, self._most - self._down)
        if self._count < self.wait or gap <= self.threshold:
            return False
        self._count, self._mean = 0, 0.0
        self._up, self._down, self._least, self._most = 0.0, 0.0, 0.0, 0.0
        return True


class Adwin:
    """Adaptive windowing (Bifet and Gavaldà, 2007): keeps the longest window whose two parts agree in their means.

    Values are kept as sums of 1, 2, 4, … of them, at most ``buckets`` of each size, so that a window of n values takes
    O(log n) memory. Two parts disagree where their means differ by more than the bound of Theorem 3.1, with the
    variance, at a confidence of ``delta`` over all cuts.

    Parameters
    ----------
    delta : float
        How often it may cut a window that has not changed.
    buckets : int
        How many sums of one size are kept.
    every : int
        After how many values it looks.
    least : int
        How many values each part has at least.

    Examples
    --------
    >>> import random
    >>> source = random.Random(0)
    >>> values = [source.gauss(0, 1) for _ in range(1000)] + [source.gauss(1, 1) for _ in range(1000)]
    >>> test = Adwin()
    >>> 1000 < next(at for at, value in enumerate(values) if test.update(value)) < 1150
    True
    """

    def __init__(self, delta: float = 0.002, buckets: int = 5, every: int = 32, least: int = 5) -> None:
        self.delta, self.buckets, self.every, self.least = delta, buckets, every, least
        self._rows: list[list[tuple[float, float]]] = [
            []
        ]  # by size: sums and sums of squares about their mean, old first
        self._seen = 0
        self.width, self._total, self._squares = 0, 0.0, 0.0

    @property
    def mean(self) -> float:
        """The mean of the window."""
        return self._total / self.width if self.width else 0.0

    def update(self, value: float) -> bool:
        """Take a value; tell whether older ones were dropped, since they do not agree with the newer."""
        self._seen += 1
        if self.width:
            self._squares += self.width * (value - self.mean) ** 2 / (self.width + 1)
        self.width, self._total = self.width + 1, self._total + value
        self._rows[0].append((value, 0.0))
        self._join()
        if self._seen % self.every or self.width < 2 * self.least:
            return False
        changed = False
        while self._disagree():
            self._drop()
            changed = True
        return changed

    def _join(self) -> None:
        """Make one of the two oldest sums of a size of which there are too many."""
        for power in range(len(self._rows)):
            row = self._rows[power]
            if len(row) <= self.buckets:
                return
            if power + 1 == len(self._rows):
                self._rows.append([])
            (one, one_squares), (other, other_squares) = row[0], row[1]
            size = 1 << power
            apart = (one / size - other / size) ** 2 * size / 2
            del row[:2]
            self._rows[power + 1].append((one + other, one_squares + other_squares + apart))

    def _disagree(self) -> bool:
        variance = self._squares / self.width
        surprise = math.log(2 * math.log(max(self.width, 3)) / self.delta)
        old, count = 0.0, 0
        for power in range(len(self._rows) - 1, -1, -1):
            for total, _ in self._rows[power]:
                old, count = old + total, count + (1 << power)
                rest = self.width - count
                if rest < self.least:
                    return False
                if count < self.least:
                    continue
                harmonic = 1 / (count - self.least + 1) + 1 / (rest - self.least + 1)
                bound = math.sqrt(2 * harmonic * variance * surprise) + 2 / 3 * surprise * harmonic
                if abs(old / count - (self._total - old) / rest) > bound:
                    return True
        return False

    def _drop(self) -> None:
        """Forget the oldest sum."""
        power = max(at for at, row in enumerate(self._rows) if row)
        total, squares = self._rows[power].pop(0)
        size = 1 << power
        rest = self.width - size
        if rest:
            apart = (total / size - (self._total - total) / rest) ** 2 * size * rest / self.width
            self._squares = max(0.0, self._squares - squares - apart)
        self.width, self._total = rest, self._total - total
        while len(self._rows) > 1 and not self._rows[-1]:
            self._rows.pop()
