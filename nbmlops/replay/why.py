"""Why a metric differs between two runs: its change shared among the factors that differ, by counterfactual replays."""

from __future__ import annotations

import itertools
import math
import os
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbmlops.errors import Conflict, InvalidInput
from nbmlops.records import FACTORS, Effect, Why
from nbmlops.replay import REPEATS
from nbmlops.replay.mixing import MIXED, Mixer
from nbmlops.replay.process import Stopped
from nbmlops.replay.program import Options, program_of, replay
from nbmlops.replay.recorded import recorded
from nbmlops.replay.shapley import coalitions, shapley

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.artifacts import LocalStore
    from nbmlops.records import RunDetail
    from nbmlops.replay.program import Program
    from nbmlops.store.database import Database

_QUANTILES = {2: 12.71, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
"""Two-sided 95 % quantiles of Student's t, by the number of values."""
_ALIKE = 1e-12

Group = frozenset[str]


class Attribution:
    """The question why of two runs and one metric.

    Parameters
    ----------
    database, blobs
        The workspace's.
    a, b : RunDetail
        The runs.
    metric : str, optional
        Which; the first that both have.
    repeats : int
        How many seeds the effects are measured with; 1 gives no interval.
    options : Options
        How to replay.
    told : callable, optional
        Told how many replays are done, and of how many.
    """

    def __init__(
        self,
        database: Database,
        blobs: LocalStore,
        a: RunDetail,
        b: RunDetail,
        *,
        metric: str | None = None,
        repeats: int = REPEATS,
        options: Options | None = None,
        told: Callable[[int, int], None] | None = None,
    ) -> None:
        if repeats < 1:
            raise InvalidInput(f"repeats cannot be {repeats}.", "Give a whole number from 1 on.")
        self.database, self.blobs = database, blobs
        self.a, self.b = a, b
        self.repeats = repeats
        self._interrupted = threading.Event()
        self.options = replace(options or Options(), stop=self._interrupted)
        self.told = told
        self._outcomes = [recorded(database, run.id)["outcome"].get("metrics", {}) for run in (a, b)]
        self.metric = self._chosen(metric)
        self.mixer = Mixer(program_of(database, a), program_of(database, b))
        self.differs = self.mixer.differing()
        self.replays = 0
        self._planned = 0
        self._known: dict[Any, float | str] = {}

    def _chosen(self, metric: str | None) -> str:
        common: list[str] = [name for name in self._outcomes[0] if name in self._outcomes[1]]
        if metric is None and common:
            return common[0]
        if metric in common:
            return str(metric)
        what = (
            f"{self.a.name} and {self.b.name} have no metric in common" if metric is None else f"no metric {metric!r}"
        )
        hint = f"Both have: {', '.join(common)}" if common else "Compare them: nbmlops runs compare"
        raise InvalidInput(f"{what} that their own cells computed.", hint)

    def expected_replays(self) -> int:
        """Return how many replays it may take at most."""
        return int(2 ** len(self.differs)) * self.repeats

    def answer(self) -> Why:
        """Replay the mixtures and share the change.

        Raises
        ------
        Conflict
            One of the runs does not replay.
        """
        began = time.perf_counter()
        values = [self._recorded(side) for side in (0, 1)]
        notes: list[str] = []
        players: list[Group] = [frozenset({str(name)}) for name in MIXED if name in self.differs]
        self._planned = 2 ** len(players)
        self._check_ends(values, players)
        players, worth = self._settled(players, notes)
        effects = shapley(players, _worth_in(worth))
        samples = {player: [effect] for player, effect in effects.items()}
        for repeat in range(1, self.repeats if self._is_random(players, worth) else 1):
            more = self._worths(players, repeat)
            if any(isinstance(one, str) for one in more.values()):
                notes.append(f"with other seeds a mixture does not run: {_first_text(more)}")
                break
            numbers = {some: float(one) for some, one in more.items()}
            for player, effect in shapley(players, _worth_in(numbers)).items():
                samples[player].append(effect)
        change = values[1] - values[0]
        found = [self._effect(player, samples[player]) for player in players]
        named = set().union(*players) if players else set()
        found += [Effect(name, 0.0, 0.0, 0.0) for name in FACTORS if name not in named]
        explained = math.fsum(one.effect for one in found)
        return Why(
            self.metric,
            self.a.id,
            self.b.id,
            change,
            tuple(sorted(found, key=lambda one: -abs(one.effect))),
            _clean(change - explained, change),
            self.replays,
            self.a.name,
            self.b.name,
            value_a=values[0],
            value_b=values[1],
            duration_s=round(time.perf_counter() - began, 3),
            differs={str(name): words for name, words in self.differs.items()},
            notes=(*self._elsewhere(), *notes),
        )

    def _recorded(self, side: int) -> float:
        value = self._outcomes[side][self.metric]["values"][-1]
        if not isinstance(value, int | float):
            raise InvalidInput(
                f"{self.metric} is {value} in {(self.a, self.b)[side].name}.", "Choose another: --metric"
            )
        return float(value)

    def _check_ends(self, values: Sequence[float], players: Sequence[Group]) -> None:
        """Refuse what cannot be answered: a run that does not give its own metric again."""
        everything: Group = frozenset().union(*players)
        found = self._values([frozenset(), everything], 0)
        for run, some, value in ((self.a, frozenset(), values[0]), (self.b, everything, values[1])):
            again = found[some]
            if isinstance(again, str):
                raise Conflict(f"{run.name} does not replay: {again}.", f"Look: nbmlops reproduce {run.name}")
            if abs(again - value) > 1e-6 * max(abs(value), abs(again)):
                raise Conflict(
                    f"{run.name} does not replay: {self.metric} is {again:.6g}, and was {value:.6g}.",
                    f"See what differs: nbmlops reproduce {run.name}",
                )

    def _settled(self, players: list[Group], notes: list[str]) -> tuple[list[Group], dict[Group, float]]:
        """Value all mixtures; factors of which one does not run without the other are joined until all run."""
        while True:
            worth = self._worths(players, 0)
            broken = {some: why for some, why in worth.items() if isinstance(why, str)}
            if not broken:
                return players, {some: float(value) for some, value in worth.items()}
            joined = self._joined(players, broken)
            some, why = next(iter(broken.items()))
            inside = " and ".join(name for name in MIXED if name in some)
            notes.append(f"{inside} of {self.b.name} with the rest of {self.a.name} does not run: {why}")
            players = joined

    def _joined(self, players: list[Group], broken: dict[Group, str]) -> list[Group]:
        """Join the two players whose union leaves the fewest mixtures that do not run."""
        best: tuple[int, list[Group]] | None = None
        for one, other in itertools.combinations(players, 2):
            joined = [player for player in players if player not in (one, other)] + [one | other]
            left = sum(_union(some) in broken for some in coalitions(joined))
            if best is None or left < best[0]:
                best = (left, joined)
        assert best is not None  # one player alone has only the ends, and those run
        return best[1]

    def _worths(self, players: Sequence[Group], repeat: int) -> dict[Group, float | str]:
        return self._values([_union(some) for some in coalitions(players)], repeat)

    def _is_random(self, players: Sequence[Group], worth: dict[Group, float]) -> bool:
        """Tell whether other seeds change anything; where they do not, repeats are spared."""
        if self.repeats == 1 or not players:
            return False
        ends = [frozenset[str](), frozenset[str]().union(*players)]
        again = self._values(ends, 1)
        return any(isinstance(again[end], str) or abs(float(again[end]) - worth[end]) > _ALIKE for end in ends)

    def _values(self, wanted: Sequence[Group], repeat: int) -> dict[Group, float | str]:
        """Return what each mixture gives, or why it does not run; equal programs are replayed once, two at a time."""
        programs = {some: self.mixer.program([name for name in MIXED if name in some], repeat) for some in wanted}
        keys = {some: _key(program) for some, program in programs.items()}
        new = {keys[some]: programs[some] for some in wanted if keys[some] not in self._known}
        with ThreadPoolExecutor(max(1, min(len(new), (os.cpu_count() or 1)))) as pool:
            try:
                for key, value in zip(new, pool.map(self._value, new.values()), strict=True):
                    self._known[key] = value
            except KeyboardInterrupt:
                self._interrupted.set()
                pool.shutdown(cancel_futures=True)
                done = f"{self.replays} of about {max(self._planned, self.replays)} replays had begun"
                raise Conflict(
                    f"why was interrupted: {done}.", "Nothing was kept. Only what differs: --no-replay"
                ) from None
        return {some: self._known[keys[some]] for some in wanted}

    def _value(self, program: Program) -> float | str:
        self.replays += 1
        if self.told is not None:
            self.told(self.replays, max(self._planned, self.replays))
        try:
            report, _ = replay(program, self.database, self.blobs, self.options)
        except Stopped as stopped:
            return str(stopped)
        if report["error"] is not None:
            return str(report["error"]["text"])
        curve = report["outcome"]["outcome"].get("metrics", {}).get(self.metric)
        if curve is None or not isinstance(curve["values"][-1], int | float):
            return f"it gives no {self.metric}"
        return float(curve["values"][-1])

    def _effect(self, player: Group, samples: list[float]) -> Effect:
        names = [name for name in MIXED if name in player]
        detail = "; ".join(words for name in names for words in self.differs.get(name, ()))
        low = high = samples[0]
        if len(samples) > 1:
            middle, spread = statistics.fmean(samples), statistics.stdev(samples) / math.sqrt(len(samples))
            reach = _QUANTILES.get(len(samples), 2.0) * spread
            low, high = min(low, middle - reach), max(high, middle + reach)
        return Effect("+".join(names), samples[0], low, high, detail)

    def _elsewhere(self) -> list[str]:
        """Say what differs and cannot be taken from either run here."""
        notes = []
        for name, one, other in (
            ("environment", self.a.environment.get("key"), self.b.environment.get("key")),
            ("implementation", self.a.machine.get("processor"), self.b.machine.get("processor")),
        ):
            if one != other:
                notes.append(f"{name} differs; both runs give the same here, so its effect is taken as zero")
        return notes


def _union(players: frozenset[Group]) -> Group:
    return frozenset[str]().union(*players)


def _worth_in(worth: dict[Group, float]) -> Callable[[frozenset[Group]], float]:
    """Return the worth of players by what they take from the second run together."""
    return lambda some: worth[_union(some)]


def _key(program: Program) -> Any:
    """Return what makes two programs the same replay."""
    cells = tuple(
        (cell.code, tuple(sorted(cell.states.items())), tuple(sorted(cell.names.items()))) for cell in program.cells
    )
    inputs = tuple(sorted((one.path, str(one.fingerprint)) for one in program.inputs))
    around = tuple(sorted((name, str(value)) for name, value in {**program.variables, **program.threads}.items()))
    return cells, inputs, around, program.hash_seed


def _first_text(values: dict[Group, float | str]) -> str:
    return next(str(one) for one in values.values() if isinstance(one, str))


def _clean(rest: float, change: float) -> float:
    """Return a remainder that is not the rounding of a sum."""
    return 0.0 if abs(rest) <= 1e-9 * max(1.0, abs(change)) else rest
