"""Pipelines as they run: with real kernels, what is cached and why, what is put back, what goes on after a failure."""

from __future__ import annotations

import json

import pytest

from nbmlops.errors import InvalidInput


def actions(run):
    return {step.step: step.status or step.action for step in run.steps}


def reasons(run):
    return {step.step: step.reason for step in run.steps}


def test_a_diamond_runs_once_and_then_only_what_changed(project) -> None:
    project.diamond()
    pipelines = project.workspace.pipelines
    first = pipelines.plan("pipeline.yaml")
    assert (first.status, set(actions(first).values())) == ("planned", {"run"})
    assert set(reasons(first).values()) == {"it has not run before"}
    done = pipelines.run("pipeline.yaml")
    assert (done.status, set(actions(done).values()), project.read("d.txt")) == ("finished", {"ran"}, "a1ba1c")
    again = pipelines.run("pipeline.yaml")
    assert set(actions(again).values()) == {"cached"}
    assert again.duration_s < done.duration_s
    assert {step.step: step.run for step in again.steps} == {step.step: step.run for step in done.steps}
    assert [step.metrics for step in again.steps][-1] == {"auc": 0.7}

    project.notebook("c", "x = open('a.txt').read()", "open('c.txt', 'w').write(x + 'C')")
    plan = pipelines.plan("pipeline.yaml")
    assert actions(plan) == {"a": "cached", "b": "cached", "c": "run", "d": "run"}
    assert reasons(plan)["c"] == "code cell 2 changed"
    assert reasons(plan)["d"] == "c runs before it"
    changed = pipelines.run("pipeline.yaml")
    assert actions(changed) == {"a": "cached", "b": "cached", "c": "ran", "d": "ran"}
    assert (project.read("d.txt"), reasons(changed)["d"]) == ("a1ba1C", "c.txt changed")


@pytest.mark.slow
def test_the_same_content_made_again_stops_the_wave(project) -> None:
    project.diamond()
    project.workspace.pipelines.run("pipeline.yaml")
    project.notebook(
        "b", "text = open('a.txt').read()", "open('b.txt', 'w').write(text + 'b')"
    )  # other code, same file
    done = project.workspace.pipelines.run("pipeline.yaml")
    assert actions(done) == {"a": "cached", "b": "ran", "c": "cached", "d": "cached"}


def test_outputs_are_put_back_and_what_was_kept_is_said(project) -> None:
    project.diamond()
    pipelines = project.workspace.pipelines
    done = pipelines.run("pipeline.yaml")
    (project.folder / "b.txt").unlink()
    (project.folder / "d.txt").write_text("somebody was here")
    again = pipelines.run("pipeline.yaml")
    assert set(actions(again).values()) == {"cached"}
    assert (project.read("b.txt"), project.read("d.txt")) == ("a1b", "a1ba1c")
    assert reasons(again)["b"] == "unchanged since b; put back b.txt"
    outputs = project.workspace.runs.show(done.steps[-1].run).outputs
    assert [(one.named, one.kept, one.bytes) for one in outputs] == [("d.txt", "kept", 6)]


@pytest.mark.slow
def test_parameters_go_to_who_declares_them_and_each_value_has_its_own_cache(project) -> None:
    project.diamond()
    pipelines = project.workspace.pipelines
    pipelines.run("pipeline.yaml")
    assert reasons(pipelines.plan("pipeline.yaml", {"k": 2}))["a"] == "k is 2, was not given"
    pipelines.run("pipeline.yaml", {"k": 2})
    assert project.read("d.txt") == "a2ba2c"
    assert reasons(pipelines.plan("pipeline.yaml", {"a.k": 3}))["a"] == "k is 3, was 2"
    back = pipelines.run("pipeline.yaml")
    assert (set(actions(back).values()), project.read("d.txt")) == ({"cached"}, "a1ba1c")
    with pytest.raises(InvalidInput, match="no notebook declares kk"):
        pipelines.run("pipeline.yaml", {"kk": 2})


def test_force_and_from(project) -> None:
    project.diamond()
    pipelines = project.workspace.pipelines
    pipelines.run("pipeline.yaml")
    assert set(actions(pipelines.plan("pipeline.yaml", force=True)).values()) == {"run"}
    plan = pipelines.plan("pipeline.yaml", start="c")
    assert actions(plan) == {"a": "cached", "b": "cached", "c": "run", "d": "run"}
    with pytest.raises(InvalidInput, match="there is no such step"):
        pipelines.plan("pipeline.yaml", start="zz")


def test_a_failed_step_stops_those_that_need_it_alone_and_the_next_run_goes_on_from_it(project) -> None:
    project.diamond()
    project.notebook("c", "x = open('a.txt').read()", "1 / 0")
    pipelines = project.workspace.pipelines
    done = pipelines.run("pipeline.yaml")
    assert done.status == "failed"
    assert actions(done) == {"a": "ran", "b": "ran", "c": "failed", "d": "skipped"}
    assert reasons(done) | {} == {
        **reasons(done),
        "c": "cell [2]: ZeroDivisionError: division by zero",
        "d": "c failed",
    }
    failed = project.workspace.runs.show(next(step.run for step in done.steps if step.step == "c"))
    assert (failed.status, failed.error) == ("failed", "ZeroDivisionError: division by zero")
    [kept] = [artifact for artifact in failed.artifacts if artifact.name == "executed.ipynb"]
    cells = json.loads(project.workspace.artifact(kept.digest)[1])["cells"]
    assert "An Exception was encountered" in "".join(cells[0]["source"])
    project.notebook("c", "x = open('a.txt').read()", "open('c.txt', 'w').write(x + 'c')")
    again = pipelines.run("pipeline.yaml")
    assert actions(again) == {"a": "cached", "b": "cached", "c": "ran", "d": "ran"}


@pytest.mark.slow
def test_retries_wait_and_the_state_says_how_many_there_were(project) -> None:
    project.notebook(
        "flaky",
        "import pathlib\ntries = pathlib.Path('tries')\nn = int(tries.read_text()) + 1 if tries.exists() else 1\n"
        "tries.write_text(str(n))\nassert n == 3, f'try {n}'",
    )
    project.pipeline("  flaky: {notebook: flaky.ipynb, retries: 2, backoff: 0.1}\n")
    done = project.workspace.pipelines.run("pipeline.yaml")
    assert (done.status, done.steps[0].attempts) == ("finished", 3)
    project.notebook("never", "raise ValueError('no')")
    project.pipeline("  never: {notebook: never.ipynb, retries: 1, backoff: 0}\n")
    done = project.workspace.pipelines.run("pipeline.yaml")
    assert (done.status, done.steps[0].attempts, done.steps[0].reason) == ("failed", 2, "cell [1]: ValueError: no")


@pytest.mark.slow
def test_a_sweep_runs_each_combination_with_paths_of_its_own(project) -> None:
    project.notebook(
        "train", "open(f'm-{depth}.txt', 'w').write(str(depth))\nscore = depth / 10", parameters="depth = 1"
    )
    project.notebook("pick", "import glob\nopen('best.txt', 'w').write(str(sorted(glob.glob('m-*.txt'))))")
    project.pipeline(
        "  train:\n    notebook: train.ipynb\n    sweep: {depth: [3, 6]}\n    outputs: ['m-{depth}.txt']\n"
        "  pick: {notebook: pick.ipynb, inputs: ['m-*.txt'], outputs: [best.txt]}\n"
    )
    pipelines = project.workspace.pipelines
    done = pipelines.run("pipeline.yaml")
    assert list(actions(done)) == ["train[depth=3]", "train[depth=6]", "pick"]
    assert done.steps[-1].needs == ("train[depth=3]", "train[depth=6]")
    assert project.read("best.txt") == "['m-3.txt', 'm-6.txt']"
    project.pipeline(
        "  train:\n    notebook: train.ipynb\n    sweep: {depth: [3, 6, 9]}\n    outputs: ['m-{depth}.txt']\n"
        "  pick: {notebook: pick.ipynb, inputs: ['m-*.txt'], outputs: [best.txt]}\n"
    )
    more = pipelines.run("pipeline.yaml")
    assert list(actions(more).values()) == ["cached", "cached", "ran", "ran"]


def test_a_condition_skips_and_a_gate_fails(project) -> None:
    project.notebook("evaluate", "auc = 0.66", parameters="month = 5")
    project.notebook("deploy", "open('deployed.txt', 'w').write('yes')")
    steps = (
        "  evaluate: {{notebook: evaluate.ipynb, gates: ['{gate}']}}\n"
        "  deploy: {{notebook: deploy.ipynb, after: [evaluate], when: '{when}'}}\n"
    )
    pipelines = project.workspace.pipelines
    project.pipeline(steps.format(gate="auc >= 0.6", when="evaluate.auc > 0.7"))
    done = pipelines.run("pipeline.yaml")
    assert (done.status, actions(done)["deploy"]) == ("finished", "skipped")
    assert reasons(done)["deploy"] == "when evaluate.auc > 0.7: evaluate.auc is 0.66"
    project.pipeline(steps.format(gate="auc >= 0.7", when="evaluate.auc > 0.6"))
    done = pipelines.run("pipeline.yaml")
    assert (done.status, actions(done)) == ("failed", {"evaluate": "failed", "deploy": "skipped"})
    assert reasons(done)["evaluate"] == "gate auc >= 0.7: auc is 0.66"
    assert not (project.folder / "deployed.txt").exists()
    shown = pipelines.show()  # gates are told of later, too
    assert (
        shown.steps[0].gates
        == done.steps[0].gates
        == ({"gate": "auc >= 0.7", "holds": False, "detail": "auc is 0.66"},)
    )
    assert shown.steps[0].started_at is not None
    assert shown.steps[1].started_at is None
    assert len(pipelines.list()) == 2
    assert [run.id for run in pipelines.list(latest=True)] == [done.id]


def test_a_parameter_that_is_no_number_is_no_trouble_for_gates(project) -> None:
    project.notebook("evaluate", "auc = 0.66", parameters="rate = 1.0")
    project.pipeline("  evaluate: {notebook: evaluate.ipynb, gates: ['auc >= 0.6']}\n")
    done = project.workspace.pipelines.run("pipeline.yaml", {"rate": float("nan")})
    assert done.status == "finished", done.error
    [step] = project.workspace.pipelines.show().steps
    assert step.gates == ({"gate": "auc >= 0.6", "holds": True, "detail": "auc is 0.66"},)


def test_two_files_of_one_name_in_a_folder_are_two_pipelines(project) -> None:
    project.notebook("a", "1")
    file = project.pipeline("  a: {notebook: a.ipynb}\n")
    other = file.with_name("other.yaml")
    other.write_text(file.read_text())
    pipelines = project.workspace.pipelines
    first, second = pipelines.run(file), pipelines.run(other)
    assert [run.id for run in pipelines.list(latest=True)] == [second.id, first.id]
    file.write_text(file.read_text().replace("pipeline: p", "pipeline: q"))
    third = pipelines.run(file)
    assert [run.id for run in pipelines.list(latest=True)] == [third.id, second.id]


@pytest.mark.slow
def test_only_a_version_that_passes_its_gates_is_promoted(project) -> None:
    body = (
        "%load_ext nbmlops\nfrom sklearn.linear_model import Ridge\nmodel = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])\n",
        "import nbmlops\ntry:\n    champion = nbmlops.load('delay@champion')\nexcept LookupError:\n    champion = None",
        "auc = quality",
        "%register model as delay",
    )
    project.notebook("train", *body, parameters="quality = 0.7")
    project.pipeline(
        "  train:\n    notebook: train.ipynb\n    gates: ['auc >= delay@champion']\n    promote: delay@champion\n"
    )
    pipelines, models = project.workspace.pipelines, project.workspace.models
    first = pipelines.run("pipeline.yaml")
    assert first.status == "finished", reasons(first)
    assert models.get("delay@champion").version == 1
    worse = pipelines.run("pipeline.yaml", {"quality": 0.6})
    assert (worse.status, models.get("delay@champion").version) == ("failed", 1)
    assert reasons(worse)["train"].startswith("gate auc >= delay@champion: auc is 0.6, delay@champion is 0.7")
    better = pipelines.run("pipeline.yaml", {"quality": 0.8})
    assert (better.status, models.get("delay@champion").version) == ("finished", 3)
    # the alias that the step moved when it was done is no new input of it
    assert actions(pipelines.plan("pipeline.yaml", {"quality": 0.8})) == {"train": "cached"}


def test_a_folder_that_was_looked_through_is_an_input(project) -> None:
    (project.folder / "data").mkdir()
    (project.folder / "data" / "one.csv").write_text("1")
    project.notebook(
        "count", "import pathlib\nopen('n.txt', 'w').write(str(len(list(pathlib.Path('data').glob('*.csv')))))"
    )
    project.pipeline("  count: {notebook: count.ipynb}\n")
    pipelines = project.workspace.pipelines
    pipelines.run("pipeline.yaml")
    assert actions(pipelines.plan("pipeline.yaml")) == {"count": "cached"}
    (project.folder / "data" / "two.csv").write_text("2")
    assert reasons(pipelines.plan("pipeline.yaml")) == {"count": "two.csv is new in the folder data"}
    pipelines.run("pipeline.yaml")
    assert project.read("n.txt") == "2"


@pytest.mark.slow
def test_modules_and_names_of_the_workspace_are_inputs(project) -> None:
    import pandas as pd

    (project.folder / "helper.py").write_text("FACTOR = 2\n")
    project.workspace.datasets.save(pd.DataFrame({"x": [1, 2]}), "numbers")
    project.notebook(
        "use",
        "import helper, nbmlops",
        "open('s.txt', 'w').write(str(nbmlops.dataset('numbers').x.sum() * helper.FACTOR))",
    )
    project.pipeline("  use: {notebook: use.ipynb}\n")
    pipelines = project.workspace.pipelines
    pipelines.run("pipeline.yaml")
    assert (project.read("s.txt"), actions(pipelines.plan("pipeline.yaml"))) == ("6", {"use": "cached"})
    project.workspace.datasets.save(pd.DataFrame({"x": [1, 5]}), "numbers")
    assert reasons(pipelines.plan("pipeline.yaml")) == {"use": "numbers is numbers@2 now, was numbers@1"}
    pipelines.run("pipeline.yaml")
    (project.folder / "helper.py").write_text("FACTOR = 3\n")
    assert reasons(pipelines.plan("pipeline.yaml")) == {"use": "helper.py changed"}


@pytest.mark.slow
def test_native_writers_and_steps_at_the_same_time_keep_their_own_outputs(project) -> None:
    for name in ("one", "two"):
        project.notebook(
            name,
            "import time, pyarrow as pa, pyarrow.parquet as pq",
            f"pq.write_table(pa.table({{'x': [1]}}), 'out-{name}.parquet')",
            "time.sleep(0.5)",
        )
    project.pipeline(
        "  one: {notebook: one.ipynb, outputs: [out-one.parquet]}\n"
        "  two: {notebook: two.ipynb, outputs: [out-two.parquet]}\n"
    )
    done = project.workspace.pipelines.run("pipeline.yaml", workers=2)
    made = {step.step: [one.named for one in project.workspace.runs.show(step.run).outputs] for step in done.steps}
    assert made == {"one": ["out-one.parquet"], "two": ["out-two.parquet"]}


def test_cells_that_are_tests_are_not_run(project) -> None:
    project.notebook("a", "open('a.txt', 'w').write('a')", tests=("raise RuntimeError('only in ci')",))
    project.pipeline("  a: {notebook: a.ipynb}\n")
    assert project.workspace.pipelines.run("pipeline.yaml").status == "finished"


def test_an_unknown_kernel_is_said_before_anything_is_lost(project) -> None:
    project.notebook("a", "1")
    project.pipeline("  a: {notebook: a.ipynb, kernel: no-such-kernel}\n")
    done = project.workspace.pipelines.run("pipeline.yaml")
    assert (done.status, done.steps[0].reason.partition(".")[0]) == ("failed", "there is no kernel 'no-such-kernel'")


@pytest.mark.slow
def test_what_was_read_from_an_address_cannot_be_checked(project) -> None:
    import functools
    import http.server
    import threading

    (project.folder / "web").mkdir()
    (project.folder / "web" / "x.csv").write_text("x\n1\n")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(project.folder / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_port}"
        project.notebook("get", "import pandas as pd", f"x = pd.read_csv('http://{address}/x.csv').x.sum()")
        project.pipeline("  get: {notebook: get.ipynb}\n")
        pipelines = project.workspace.pipelines
        pipelines.run("pipeline.yaml")
        plan = pipelines.plan("pipeline.yaml")
        assert (actions(plan), reasons(plan)) == (
            {"get": "run"},
            {"get": f"it reads from {address}, which cannot be checked"},
        )
        project.pipeline("  get: {notebook: get.ipynb, cache: always}\n")
        assert actions(pipelines.plan("pipeline.yaml")) == {"get": "cached"}
        server.shutdown()
