"""The reasons of a difference: planted effects come back, equal factors get exactly nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbmlops
from nbmlops.errors import Conflict, InvalidInput
from nbmlops.replay.shapley import coalitions, shapley

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook

CELL = "%%track rf\nscale = {scale}\nauc = {code} * scale"


def train(notebook: Notebook, folder: Path, *, mean: int, scale: int, code: str) -> None:
    (folder / "a.csv").write_text(f"x\n{mean}\n{mean}\n")
    notebook.run("values = [float(line) for line in open_and_read('a.csv').splitlines()[1:]]")
    notebook.run(CELL.format(scale=scale, code=code))
    nbmlops.workspace().recorder.background.wait()


@pytest.fixture
def reading(notebook: Notebook) -> Notebook:
    notebook.run("from pathlib import Path\ndef open_and_read(name):\n    return Path(name).read_text()")
    return notebook


def test_an_interruption_ends_the_replays_at_once(reading: Notebook) -> None:
    slow = "import os, time\nif os.environ.get('NBMLOPS_REPLAY_OF'):\n    time.sleep(60)\n"
    for scale in (1, 2):
        reading.run(f"%%track rf\n{slow}scale = {scale}\nauc = scale")
    began = threading.Event()

    def interrupt() -> None:
        began.wait(30)
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    question = nbmlops.workspace().proving.why(["rf.1", "rf"], told=lambda *_: began.set())
    since = time.monotonic()
    with pytest.raises(Conflict, match="why was interrupted: 2 of about 2 replays had begun"):
        question.answer()
    assert time.monotonic() - since < 20


def effects(why: Any) -> dict[str, float]:
    return {one.factor: one.effect for one in why.factors}


def test_planted_effects_are_shared_as_shapley_says(reading: Notebook, tmp_path: Path) -> None:
    train(reading, tmp_path, mean=1, scale=2, code="(sum(values) / len(values))")
    train(reading, tmp_path, mean=3, scale=5, code="(max(values) + 1)")
    why = nbmlops.why("rf.1", "rf")

    def worth(changed: frozenset[str]) -> float:
        mean, scale = (3 if "data" in changed else 1), (5 if "settings" in changed else 2)
        return float((mean + ("code" in changed)) * scale)

    assert {name: effects(why)[name] for name in ("code", "data", "settings")} == pytest.approx(
        shapley(["code", "data", "settings"], worth)
    )
    assert {effects(why)[name] for name in ("randomness", "environment", "implementation")} == {0.0}
    assert (why.change, why.unexplained) == (18.0, 0.0)
    assert why.replays <= 10
    assert all(one.low == one.effect == one.high for one in why.factors)
    assert "a.csv" in why.differs["data"][0]
    assert why.differs["settings"] == ["scale 2 → 5"]
    assert why.to_json()["factors"][0].keys() == {"factor", "effect", "low", "high", "detail"}


def test_what_does_not_differ_has_no_effect_at_all(reading: Notebook, tmp_path: Path) -> None:
    train(reading, tmp_path, mean=1, scale=2, code="sum(values)")
    train(reading, tmp_path, mean=4, scale=2, code="sum(values)")
    why = nbmlops.why()
    assert {name: effect for name, effect in effects(why).items() if effect} == {"data": 12.0}


def test_an_effect_lies_in_its_interval_whatever_the_seed(notebook: Notebook) -> None:
    notebook.run("import numpy as np")
    code = "%%track noisy --seed {seed}\nshift = {shift}\nauc = shift + float(np.random.normal(0, 0.5))"
    notebook.run(code.format(seed=1, shift=0))
    notebook.run(code.format(seed=2, shift=10))
    why = nbmlops.why("noisy.1", "noisy", repeats=5)
    settings = next(one for one in why.factors if one.factor == "settings")
    seeds = next(one for one in why.factors if one.factor == "randomness")
    assert settings.low <= 10 <= settings.high
    assert settings.high - settings.low < 5
    assert seeds.low <= 0 <= seeds.high
    assert sum(effects(why).values()) == pytest.approx(why.change)


def test_factors_that_do_not_run_apart_are_joined(reading: Notebook, tmp_path: Path) -> None:
    train(reading, tmp_path, mean=1, scale=2, code="sum(values)")
    (tmp_path / "a.csv").write_text("x\n1\n2\n5\n")
    reading.run("values = [float(line) for line in open_and_read('a.csv').splitlines()[1:]]")
    reading.run(CELL.format(scale=2, code="values[2]"))
    nbmlops.workspace().recorder.background.wait()
    why = nbmlops.why("rf.1", "rf", repeats=1)
    assert effects(why)["code+data"] == pytest.approx(why.change)
    assert "does not run" in why.notes[0]
    assert "IndexError" in why.notes[0]


def test_a_run_that_does_not_replay_cannot_be_weighed(notebook: Notebook) -> None:
    for _ in range(2):
        notebook.run("%%track odd\nimport numpy as np\nauc = float(np.random.default_rng().random())")
    with pytest.raises(Conflict, match="does not replay"):
        nbmlops.why("odd.1", "odd")


def test_questions_that_have_no_answer(notebook: Notebook) -> None:
    notebook.run("%%track a\nauc = 0.5")
    notebook.run("%%track b\nf1 = 0.5")
    with pytest.raises(InvalidInput, match="no metric in common"):
        nbmlops.why("a", "b")
    with pytest.raises(InvalidInput, match="no metric 'rmse'"):
        nbmlops.why("a", "a", metric="rmse")
    with pytest.raises(InvalidInput, match="repeats"):
        nbmlops.why("a", "a", repeats=0)


def test_the_magic_shows_the_sentence_and_the_waterfall(reading: Notebook, tmp_path: Path) -> None:
    train(reading, tmp_path, mean=1, scale=2, code="sum(values)")
    train(reading, tmp_path, mean=1, scale=3, code="sum(values)")
    listed = reading.run("%why --no-replay").result
    assert "settings: scale 2 → 3" in listed.text()
    view = reading.run("%why rf.1 rf --repeats 1").result
    assert view.text().startswith("auc +2 from rf to rf·2: settings +2 (scale 2 → 3)")
    assert "<svg" in view.html()


@given(st.lists(st.floats(-1e3, 1e3), min_size=16, max_size=16))
def test_shapley_values_add_up_and_give_nothing_to_a_player_who_adds_nothing(numbers: list[float]) -> None:
    players = ["code", "data", "settings"]
    worth = {some: numbers[at] for at, some in enumerate(coalitions(players))}
    shares = shapley(players, worth.__getitem__)
    assert sum(shares.values()) == pytest.approx(worth[frozenset(players)] - worth[frozenset()], abs=1e-6)
    with_idle = shapley([*players, "randomness"], lambda some: worth[some - {"randomness"}])
    assert with_idle["randomness"] == 0.0
    assert {name: with_idle[name] for name in players} == pytest.approx(shares, abs=1e-6)
