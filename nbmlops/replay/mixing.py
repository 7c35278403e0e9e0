"""Two runs mixed: the code of one with the settings, seeds or data of the other."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nbmlops.replay.literals import literals_in, numbered, skeleton, with_literals

if TYPE_CHECKING:
    from collections.abc import Collection

    from nbmlops.records import FactorName, Input
    from nbmlops.replay.literals import Kind
    from nbmlops.replay.program import Program

MIXED: tuple[FactorName, ...] = ("code", "data", "settings", "randomness")
"""The factors that a replay here can take from either run; environment and implementation are those of this machine."""
_STEP = 1009


@dataclass(frozen=True)
class _Side:
    """One run of two: its program, its literals by cell, and which cell of the other run stands for each."""

    program: Program
    values: tuple[dict[str, str], ...]
    partner: dict[int, int]


class Mixer:
    """Makes the program of any mixture of two runs.

    Parameters
    ----------
    a, b : Program
        The runs; a mixture of nothing is ``a``, one of all factors is ``b``.
    """

    def __init__(self, a: Program, b: Program) -> None:
        self.paths = frozenset(name for one in (*a.inputs, *b.inputs) for name in (one.path, one.named))
        pairs = _aligned(a, b, self.paths)
        self._a = _Side(a, self._values(a), pairs)
        self._b = _Side(b, self._values(b), {theirs: ours for ours, theirs in pairs.items()})

    def _values(self, program: Program) -> tuple[dict[str, str], ...]:
        return tuple(
            {one.key: one.text for one in numbered(literals_in(cell.code, self.paths))} for cell in program.cells
        )

    @functools.lru_cache(maxsize=1)  # noqa: B019 - a mixer lives as long as its question
    def differing(self) -> dict[FactorName, list[str]]:
        """Return the factors that differ, each with what differs in words."""
        a, b = self._a, self._b
        found: dict[FactorName, list[str]] = {"code": self._code_words(), "data": self._data_words()}
        settings, seeds, named = self._literal_words()
        found["data"] = [*named, *found["data"]]
        for name in sorted({*a.program.variables, *b.program.variables}):
            one, other = a.program.variables.get(name), b.program.variables.get(name)
            if one != other:
                settings.append(f"{name} {one} → {other}")
        for name in sorted({*a.program.threads, *b.program.threads}):
            one, other = a.program.threads.get(name), b.program.threads.get(name)
            if one != other:
                settings.append(f"{name} {one or 'not set'} → {other or 'not set'}")
        if not seeds and self._states_differ():
            seeds.append("the generators stood elsewhere")
        if a.program.hash_seed != b.program.hash_seed:
            seeds.append(f"hash seed {a.program.hash_seed} → {b.program.hash_seed}")
        found |= {"settings": settings, "randomness": seeds}
        return {name: words for name, words in found.items() if words}

    def program(self, from_b: Collection[FactorName], repeat: int = 0) -> Program:
        """Return the program that takes some factors from ``b`` and the others from ``a``.

        Parameters
        ----------
        from_b : collection of str
            Which factors.
        repeat : int
            0 is with the recorded states and seeds; any other moves every seed, in both runs alike.
        """
        base, other = (self._b, self._a) if self._takes_code(from_b) else (self._a, self._b)
        # what does not differ goes with the code: so the mixture of everything is the other run to the last detail
        sides = {name: self._b if name in from_b else self._a for name in self.differing()}
        seeds, settings, data = (sides.get(name, base) for name in ("randomness", "settings", "data"))
        kinds: list[Kind] = []
        for name, side in (("settings", settings), ("randomness", seeds), ("data", data)):
            if side is other:
                kinds.append(name)  # type: ignore[arg-type]
        cells = []
        for position, cell in enumerate(base.program.cells):
            partner = base.partner.get(position)
            code = cell.code
            if kinds:
                values = other.values[partner] if partner is not None else _all_values(other)
                code = with_literals(code, values, kinds, self.paths)
            states, names = cell.states, cell.names
            if data is other and partner is not None:
                names = other.program.cells[partner].names
            if seeds is other and partner is not None:
                states = other.program.cells[partner].states
            if repeat:
                code = _moved(code, repeat)
                states = {}
            cells.append(replace(cell, code=code, states=states, names=names))
        if repeat:
            cells[0] = replace(cells[0], states=_seeded(2 * repeat + (seeds is self._b)))
        return replace(
            base.program,
            cells=tuple(cells),
            inputs=_inputs(base.program, data.program),
            variables={**base.program.variables, **settings.program.variables},
            threads=settings.program.threads,
            hash_seed=seeds.program.hash_seed,
        )

    def _takes_code(self, from_b: Collection[FactorName]) -> bool:
        """Tell whose cells a mixture runs; where the code is equal, those of the run that gives everything else."""
        differs = self.differing()
        return "code" in from_b if "code" in differs else bool(differs) and set(differs) <= set(from_b)

    def _code_words(self) -> list[str]:
        a, b = self._a.program, self._b.program
        ours = [skeleton(cell.code, self.paths) for cell in a.cells]
        theirs = [skeleton(cell.code, self.paths) for cell in b.cells]
        words = []
        if ours != theirs:
            one = "\n".join(cell.code for cell in a.cells).splitlines()
            other = "\n".join(cell.code for cell in b.cells).splitlines()
            lines = list(difflib.unified_diff(one, other, lineterm="", n=0))[2:]
            added = sum(line.startswith("+") for line in lines)
            removed = sum(line.startswith("-") for line in lines)
            words.append(f"cells +{added} −{removed} lines")
        modules = {one.path: one.fingerprint for one in a.inputs if one.kind == "module"}
        changed = (two for two in b.inputs if two.kind == "module")
        words += [two.named for two in changed if modules.get(two.path, two.fingerprint) != two.fingerprint]
        return words

    def _data_words(self) -> list[str]:
        ours = {one.path: one for one in self._a.program.inputs if one.kind == "file"}
        theirs = {one.path: one for one in self._b.program.inputs if one.kind == "file"}
        words = [
            f"{ours[path].named} changed ({ours[path].bytes or 0:,} → {theirs[path].bytes or 0:,} bytes)"
            for path in ours
            if path in theirs and ours[path].fingerprint != theirs[path].fingerprint
        ]
        gone = [ours[path].named for path in ours if path not in theirs]
        come = [theirs[path].named for path in theirs if path not in ours]
        if gone or come:
            words.append(f"{', '.join(gone) or 'nothing'} → {', '.join(come) or 'nothing'}")
        for position, partner in self._a.partner.items():
            ours_named, theirs_named = self._a.program.cells[position].names, self._b.program.cells[partner].names
            words += [
                f"{ours_named[name]} → {theirs_named[name]}"
                for name in ours_named
                if name in theirs_named and ours_named[name] != theirs_named[name]
            ]
        return words

    def _literal_words(self) -> tuple[list[str], list[str], list[str]]:
        """Return what differs in literals: settings, seeds, and names of data."""
        words: dict[str, list[str]] = {"settings": [], "randomness": [], "data": []}
        for position, partner in self._a.partner.items():
            ours = numbered(literals_in(self._a.program.cells[position].code, self.paths))
            theirs = self._b.values[partner]
            for one in ours:
                if one.key in theirs and theirs[one.key] != one.text:
                    words[one.kind].append(f"{_shown(one.key)} {one.text} → {theirs[one.key]}")
        return words["settings"], words["randomness"], words["data"]

    def _states_differ(self) -> bool:
        a, b = self._a, self._b
        return any(a.program.cells[ours].states != b.program.cells[theirs].states for ours, theirs in a.partner.items())


def _aligned(a: Program, b: Program, paths: Collection[str]) -> dict[int, int]:
    """Return which cell of ``b`` stands for each of ``a``: equal but for literals, and the last for the last."""
    ours = [skeleton(cell.code, paths) for cell in a.cells]
    theirs = [skeleton(cell.code, paths) for cell in b.cells]
    pairs: dict[int, int] = {}
    for block in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        pairs |= {block.a + step: block.b + step for step in range(block.size)}
    last, other = len(ours) - 1, len(theirs) - 1
    pairs = {one: two for one, two in pairs.items() if one != last and two != other}
    return {**pairs, last: other}


def _all_values(side: _Side) -> dict[str, str]:
    """Return the literals of all cells; where several share a key, the first."""
    values: dict[str, str] = {}
    for cell in side.values:
        for key, text in cell.items():
            values.setdefault(key, text)
    return values


def _inputs(code: Program, data: Program) -> tuple[Input, ...]:
    """Return the modules of one program and the files of another; files that only the first knows stay."""
    modules = [one for one in code.inputs if one.kind == "module"]
    files = {one.path: one for one in code.inputs if one.kind != "module"}
    files |= {one.path: one for one in data.inputs if one.kind != "module"}
    return (*modules, *files.values())


def _moved(code: str, repeat: int) -> str:
    """Return code in which every seed that is written as a number is another one."""
    found = numbered(literals_in(code))
    values = {
        one.key: str(int(one.text) + _STEP * repeat) for one in found if one.kind == "randomness" and one.text.isdigit()
    }
    return with_literals(code, values, ["randomness"])


def _seeded(seed: int) -> dict[str, bytes]:
    """Return packed states of freshly seeded generators, without touching those of this process."""
    import random

    import numpy as np

    from nbmlops.capture.randomness import Generators

    states = {
        "random": ("python", random.Random(seed).getstate()),  # noqa: S311 - no secret
        "numpy": ("numpy", np.random.RandomState(seed).get_state(legacy=False)),
    }
    return Generators(states).pack()


def _shown(key: str) -> str:
    """Return a literal's key as people name it: the keyword, or the variable."""
    name = key.partition("#")[0]
    head, _, inner = name.rstrip(")").partition("(")
    return head if not inner or inner.isdigit() else inner
