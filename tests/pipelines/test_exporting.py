"""Pipelines for other orchestrators, read and run by these: Airflow and Kubeflow's SDK, each in its own environment."""

from __future__ import annotations

import contextlib
import datetime
import json
import subprocess
import sys
import sysconfig
import types
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nbmlops
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

# not python3 -m nbmlops: kfp.local puts its own interpreter wherever it reads python3
PROGRAM = str(Path(sys.executable).with_name("nbmlops"))


def environment_with(package: str, folder: Path) -> Path:
    """Make an environment with a package, which falls back on what is installed here; give its Python."""
    done = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
    python = folder / "bin" / "python"
    if done.returncode == 0:
        words = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", package]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        pytest.skip(f"{package} cannot be installed here: {done.stderr.strip().splitlines()[-1][:200]}")
    [own] = (folder / "lib").glob("python*/site-packages")
    here = [sysconfig.get_path("purelib"), str(Path(nbmlops.__file__).parent.parent)]
    (own / "here.pth").write_text("\n".join(here) + "\n")
    return python


@pytest.fixture
def odd(project):
    """A pipeline with odd names, a sweep, retries and a gate."""
    project.notebook("a", "open('a.txt', 'w').write(word)", parameters="word = 'x'")
    project.notebook(
        "train", "score = depth / 10\nopen(f'm-{depth}.txt', 'w').write(open('a.txt').read())", parameters="depth = 1"
    )
    project.notebook("last", "import glob\nopen('out.txt', 'w').write(open(sorted(glob.glob('m-*.txt'))[0]).read())")
    project.pipeline(
        "  a: {notebook: a.ipynb, outputs: [a.txt]}\n"
        "  train:\n    notebook: train.ipynb\n    inputs: [a.txt]\n    sweep: {depth: [3, 6]}\n    retries: 2\n"
        "    timeout: 90\n    outputs: ['m-{depth}.txt']\n    gates: ['score > 0.1']\n"
        "  last: {notebook: last.ipynb, inputs: ['m-*.txt'], outputs: [out.txt]}\n",
        head="pipeline: Odd names\n",
    )
    return project


def test_a_step_alone_is_what_the_others_call(odd) -> None:
    pipelines = odd.workspace.pipelines
    for step in ("a", "train", "last"):
        done = pipelines.run("pipeline.yaml", {"word": "it's"}, only=step)
        assert done.status == "finished", done.error
    assert [step.step for step in done.steps] == ["last"]
    assert odd.read("out.txt") == "it's"
    assert [step.status for step in pipelines.run("pipeline.yaml", {"word": "it's"}).steps] == ["cached"] * 4


def test_the_dag_is_python_that_names_each_step_and_edge(odd) -> None:
    text = odd.workspace.pipelines.export("airflow", "pipeline.yaml", {"word": "it's {{ no }}"}, schedule="0 3 * * *")
    compile(text, "dag.py", "exec")
    assert "tasks['train[depth=3]'] >> tasks['last']" in text
    assert "retry_exponential_backoff=True" in text
    assert "execution_timeout=timedelta(seconds=90)" in text


class Operator:
    """Stands for an operator of Airflow: keeps its words and what comes after it."""

    def __init__(self, **words: object) -> None:
        self.words = words
        self.after: list[Operator] = []

    def __rshift__(self, other: Operator) -> Operator:
        self.after.append(other)
        return other


def test_a_date_among_the_parameters_is_text_in_the_dag(odd, monkeypatch) -> None:
    text = odd.workspace.pipelines.export("airflow", "pipeline.yaml", {"word": datetime.date(2026, 1, 1)})
    kept: dict[str, object] = {}

    @contextlib.contextmanager
    def dag(**words: object) -> Iterator[dict[str, object]]:
        kept.update(words)
        yield kept

    airflow = types.ModuleType("airflow")
    airflow.DAG = dag
    bash = types.ModuleType("airflow.providers.standard.operators.bash")
    bash.BashOperator = Operator
    monkeypatch.setitem(sys.modules, "airflow", airflow)
    for name in ("airflow.providers", "airflow.providers.standard", "airflow.providers.standard.operators"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, bash.__name__, bash)
    names: dict[str, object] = {}
    exec(text, names)
    assert kept["params"] == {"word": "2026-01-01"}
    tasks = names["tasks"]
    assert list(tasks) == ["a", "train[depth=3]", "train[depth=6]", "last"]
    assert tasks["a"].after == [tasks["train[depth=3]"], tasks["train[depth=6]"]]
    with pytest.raises(InvalidInput, match="a parameter cannot be exported"):
        odd.workspace.pipelines.export("airflow", "pipeline.yaml", {"word": float("nan")})


@pytest.mark.slow
def test_airflow_reads_the_dag_and_its_tasks_run(odd, tmp_path_factory) -> None:
    python = environment_with("apache-airflow", tmp_path_factory.mktemp("airflow") / "venv")
    dags = odd.folder / "dags"
    dags.mkdir()
    text = odd.workspace.pipelines.export("airflow", "pipeline.yaml", {"word": 'it\'s {{ odd }} "so"'}, program=PROGRAM)
    (dags / "flow.py").write_text(text)
    look = (
        "import json, sys\n"
        "from airflow.dag_processing.dagbag import DagBag\n"
        f"bag = DagBag({str(dags)!r}, load_op_links=False)\n"
        "assert not bag.import_errors, bag.import_errors\n"
        "[dag] = bag.dags.values()\n"
        "render = dag.get_template_env().from_string\n"
        "params = {name: param for name, param in dag.params.dump().items()}\n"
        "print('FOUND' + json.dumps({'edges': sorted([t.task_id, sorted(t.upstream_task_ids)] for t in dag.tasks),\n"
        "  'commands': {t.task_id: render(t.bash_command).render(params=params) for t in dag.topological_sort()}}))\n"
    )
    home = odd.folder / "airflow"
    done = subprocess.run(
        [str(python), "-c", look],
        capture_output=True,
        text=True,
        check=False,
        cwd=odd.folder,
        env={"AIRFLOW_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": str(odd.folder)},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.rpartition("FOUND")[2])
    assert found["edges"] == [
        ["a", []],
        ["last", ["train_depth_3", "train_depth_6"]],
        ["train_depth_3", ["a"]],
        ["train_depth_6", ["a"]],
    ]
    for command in found["commands"].values():
        subprocess.run(["bash", "-c", command], cwd=odd.folder, check=True, capture_output=True, timeout=120)
    assert odd.read("out.txt") == 'it\'s {{ odd }} "so"'


@pytest.mark.slow
def test_kubeflow_runs_the_yaml(odd, tmp_path_factory) -> None:
    python = environment_with("kfp[kubernetes]", tmp_path_factory.mktemp("kfp") / "venv")
    work = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from nbmlops.workspaces import Workspace\n"
        f"ws, program = Workspace.open(), {PROGRAM!r}\n"
        "text = ws.pipelines.export('kubeflow', 'pipeline.yaml', {'word': 'kube'}, program=program, claim='data')\n"
        "assert 'pvcMount' in text and 'maxRetryCount: 2' in text, text\n"
        "text = ws.pipelines.export('kubeflow', 'pipeline.yaml', {'word': 'kube'}, program=program)\n"
        "open('flow.yaml', 'w').write(text)\n"
        "from kfp import components, local\n"
        "local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root='kfp-root')\n"
        "task = components.load_component_from_file('flow.yaml')()\n"
    )
    done = subprocess.run(
        [str(python), "-c", work], capture_output=True, text=True, check=False, cwd=odd.folder, timeout=300
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert odd.read("out.txt") == "kube"
    steps = [run.steps[0].step for run in odd.workspace.pipelines.list()]
    assert sorted(steps) == ["a", "last", "train[depth=3]", "train[depth=6]"]
