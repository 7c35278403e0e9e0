"""The graph of notebooks, inferred: from their code, from their runs, and from a run in a scratch copy."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imagined_projects import PROJECTS, Project

from nbmlops.pipelines.graph import check_pipeline
from nbmlops.pipelines.inferring import Inferred, infer_pipeline, merge_into
from nbmlops.pipelines.inferring import inferred as inferred_module
from nbmlops.pipelines.inferring.executing import run_in_scratch
from nbmlops.pipelines.inferring.uses import Found
from nbmlops.pipelines.reading import parse_pipeline
from nbmlops.wall import landlock_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.workspaces import Workspace

each = pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)


def needs_of(inferred: Inferred, folder: Path) -> dict[str, set[str]]:
    """Return what each step needs, by the file as it would be written: it has to stand the check."""
    pipeline = parse_pipeline(inferred.text, folder / "pipeline.yaml")
    return {name: set(needs) for name, needs in check_pipeline(pipeline).needs.items()}


def check(project: Project, inferred: Inferred, folder: Path) -> None:
    assert needs_of(inferred, folder) == project.needs, inferred.text
    steps = {step.name: step for step in inferred.pipeline.steps}
    for name, paths in project.takes.items():
        assert set(steps[name].inputs) == paths, inferred.text
    for name, paths in project.gives.items():
        assert set(steps[name].outputs) == paths, inferred.text


@each
def test_code_alone_says_the_order(project: Project, tmp_path: Path) -> None:
    notebooks = project.make(tmp_path)
    folder = tmp_path / project.folder
    inferred = infer_pipeline(reversed(notebooks), folder=folder)
    check(project, inferred, folder)
    assert inferred.unsure == project.unsure


@pytest.mark.slow
@pytest.mark.parametrize("project", [one for one in PROJECTS if one.runs], ids=lambda project: project.name)
def test_a_run_in_a_scratch_copy_says_the_order_too(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks = project.make(tmp_path)
    folder = tmp_path / project.folder
    before = tree(tmp_path)
    said: list[str] = []
    results: list[Any] = []

    def run_once(*arguments: Any) -> Any:
        results.append(results[0] if results else run_in_scratch(*arguments))
        return results[0]

    monkeypatch.setattr(inferred_module, "run_in_scratch", run_once)
    with monkeypatch.context() as without_code:
        without_code.setattr(inferred_module, "read_code", lambda *_: Found())
        seen = infer_pipeline(reversed(notebooks), folder=folder, execute=True, told=said.append)
    assert tree(tmp_path) == before
    assert results[0][1] == {}
    assert len([words for words in said if words.startswith("running")]) >= len(notebooks)
    if project.lineage:
        assert needs_of(seen, folder) == project.needs, seen.text
    check(project, infer_pipeline(notebooks, folder=folder, execute=True), folder)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def project(folder: Path, **cells: str) -> list[Path]:
    """Write notebooks of one cell each; give their files."""
    return Project("small", {name: (code,) for name, code in cells.items()}, {}).make(folder)


RUN_ALL = """
import sys, json, papermill
for notebook, parameters in json.loads(sys.argv[1]):
    done = notebook.replace(".ipynb", ".done.json")
    papermill.execute_notebook(notebook, done, parameters, engine_name="nbmlops", progress_bar=False)
"""


@pytest.mark.slow
def test_earlier_runs_say_what_code_does_not(workspace: Workspace, tmp_path: Path, python: Callable[..., Any]) -> None:
    (tmp_path / "places.json").write_text('{"a": "first.csv"}')
    hidden = "import base64\nname = base64.b64decode('c2VjcmV0LmNzdg==').decode()\n"
    notebooks = [
        *project(
            tmp_path,
            use=f"{hidden}import pandas as pd\npd.read_csv(name).to_csv('used.csv')",
            make=f"{hidden}import pandas as pd\npd.DataFrame({{'a': [1]}}).to_csv(name)",
        ),
        *Project(
            "months",
            {
                "month": (
                    "import os\nstem = os.sep.join(['m', which])\nos.makedirs('m', exist_ok=True)",
                    "open(''.join([*stem]), 'w').close()",
                )
            },
            {},
            parameters={"month": "which = 'june'"},
        ).make(tmp_path),
    ]
    blind = infer_pipeline(notebooks, folder=tmp_path)
    assert needs_of(blind, tmp_path) == {"use": set(), "make": set(), "month": set()}
    assert any(
        "use: cell 1 reads a file whose path could not be followed: pd.read_csv(name)" in one for one in blind.unsure
    )
    months = [("month.ipynb", {}), ("month.ipynb", {"which": "july"})]
    python(RUN_ALL, json.dumps([("make.ipynb", {}), ("use.ipynb", {}), *months]))
    inferred = infer_pipeline(notebooks, folder=tmp_path, recorder=workspace.recorder, name="hidden")
    assert inferred.unsure == ()
    assert needs_of(inferred, tmp_path) == {"make": set(), "use": {"make"}, "month": set()}
    steps = {step.name: step for step in inferred.pipeline.steps}
    assert (steps["make"].outputs, steps["use"].inputs) == (("secret.csv",), ("secret.csv",))
    assert steps["month"].outputs == ("m/{which}",)
    assert inferred.text.startswith("pipeline: hidden\n")

    # the code has changed since: it is believed, and what the old runs did no more
    project(tmp_path, use="import pandas as pd\npd.read_csv('places.json')")
    later = infer_pipeline(notebooks, folder=tmp_path, recorder=workspace.recorder)
    assert needs_of(later, tmp_path)["use"] == set()
    assert [one for one in later.unsure if one.startswith("use:")] == [
        "use: its code has changed since it ran, so that the code is believed first"
    ]


@pytest.mark.slow
def test_what_can_never_run_is_said_and_nothing_of_it_remains(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "precious.csv").write_text("a\n1\n")
    folder = tmp_path / "work"
    notebooks = project(
        folder,
        a_needs_b="import pandas as pd\npd.read_csv('b.csv').to_csv('a.csv')",
        b_needs_c="import pandas as pd\npd.read_csv('c.csv').to_csv('b.csv')",
        c_first="from pathlib import Path\nPath('c.csv').write_text('a\\n1\\n')\n"
        f"Path({str(folder)!r}, 'abs.txt').write_text('x')",
        d_never="open('nowhere.csv')",
        e_harms=f"open({str(tmp_path / 'precious.csv')!r}, 'w').write('lost')",
    )
    before = tree(tmp_path)
    said: list[str] = []
    inferred = infer_pipeline(notebooks, folder=folder, execute=True, told=said.append)
    assert tree(tmp_path) == before
    needs = needs_of(inferred, folder)
    assert needs["a_needs_b"] == {"b_needs_c"}
    assert needs["b_needs_c"] == {"c_first"}
    assert {step.name: step.outputs for step in inferred.pipeline.steps}["c_first"] == ("c.csv", "abs.txt")
    could_not = [one for one in inferred.unsure if "could not be run" in one]
    assert (
        could_not[0]
        == "d_never could not be run: FileNotFoundError: [Errno 2] No such file or directory: 'nowhere.csv'"
    )
    assert could_not[1].startswith("e_harms could not be run: PermissionError") == bool(landlock_version())
    assert len([words for words in said if "d_never" in words]) == 2


@pytest.mark.slow
def test_what_is_run_in_the_scratch_copy_is_counted_and_what_lies_outside_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.csv").write_text("a\n1\n")
    notebooks = project(folder, a_out="open('../d/a.csv')", b_make="open('b.csv', 'w')", c_never="open('gone.csv')")
    said: list[str] = []
    inferred = infer_pipeline(notebooks, folder=folder, execute=True, told=said.append)
    assert said == [
        "copying the folder",
        "running a_out.ipynb, 1 of 3",
        "running b_make.ipynb, 2 of 3",
        "running c_never.ipynb, 3 of 3",
        "running a_out.ipynb again, since others have run",
        "running c_never.ipynb again, since others have run",
    ]
    missing = "FileNotFoundError: [Errno 2] No such file or directory:"
    assert [one for one in inferred.unsure if "could not be run" in one] == [
        f"a_out could not be run: {missing} '../d/a.csv': it lies outside of {folder}, "
        "and the scratch copy holds this folder alone",
        f"c_never could not be run: {missing} 'gone.csv'",
    ]


def test_who_is_first_to_change_a_shared_file_is_a_guess_that_is_said(tmp_path: Path) -> None:
    code = "import sqlite3\ncon = sqlite3.connect('x.db')\ncon.execute('insert into log values (1)')"
    inferred = infer_pipeline(project(tmp_path, beta=code, alpha=code), folder=tmp_path)
    assert needs_of(inferred, tmp_path) == {"alpha": set(), "beta": {"alpha"}}
    assert inferred.unsure == ("alpha, beta all write x.db: in which order is a guess, put one in after",)
    assert inferred.comments == {"beta": ["after alpha: both write x.db, in an order that is a guess"]}
    numbered = project(tmp_path, **{"2_alpha": code, "1_beta": code, "3_end": code})
    inferred = infer_pipeline(numbered, folder=tmp_path)
    assert needs_of(inferred, tmp_path) == {"beta": set(), "alpha": {"beta"}, "end": {"alpha", "beta"}}
    assert inferred.unsure == ()


def test_tables_say_who_is_first(tmp_path: Path) -> None:
    head = "import sqlite3, pandas as pd\ncon = sqlite3.connect('x.db')\n"
    inferred = infer_pipeline(
        project(
            tmp_path,
            aggregate=head + "pd.read_sql('select * from clean', con).to_sql('sums', con)",
            clean=head + "con.execute('create table clean as select * from raw')",
            raw=head + "pd.DataFrame().to_sql('raw', con)",
        ),
        folder=tmp_path,
    )
    assert [step.name for step in inferred.pipeline.steps] == ["raw", "clean", "aggregate"]
    assert inferred.unsure == ()


def test_a_cycle_is_cut_where_the_numbers_say_so(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text("{}")
    notebooks = project(
        tmp_path,
        **{
            "1_train": "import json\nlast = json.load(open('scores.json'))\nopen('model.bin', 'wb')",
            "2_score": "open('model.bin', 'rb')\nopen('scores.json', 'w')",
        },
    )
    inferred = infer_pipeline(notebooks, folder=tmp_path)
    assert needs_of(inferred, tmp_path) == {"train": set(), "score": {"train"}}
    assert inferred.unsure == (
        "train reads scores.json of score, and score needs what train makes: taken to be what an earlier run left "
        "(scores.json)",
    )


def test_parameters_of_another_value_are_made_one(tmp_path: Path) -> None:
    notebooks = Project(
        "months",
        {"make": ("open(f'{month}.txt', 'w')",), "take": ("open(f'{month}.txt')",)},
        {},
        parameters={"make": "month = 'june'", "take": "month = 'july'"},
    ).make(tmp_path)
    inferred = infer_pipeline(notebooks, folder=tmp_path)
    assert needs_of(inferred, tmp_path) == {"make": set(), "take": {"make"}}
    assert inferred.pipeline.params == {"month": "june"}
    assert inferred.unsure == ("month is 'june' in make and 'july' in take: set to 'june' for all under params",)


def test_names_of_the_workspace_are_said_in_comments(tmp_path: Path) -> None:
    [names] = [one for one in PROJECTS if one.name.startswith("what the workspace keeps")]
    text = infer_pipeline(names.make(tmp_path), folder=tmp_path, name="delays").text
    assert (
        """\
  # after ingest: it saves the data set flights, which is loaded here
  # after views: it defines the feature view weather, which is used here
  train:
    notebook: train.ipynb
    after: [ingest, views]
"""
        in text
    )
    assert "  # after train: it registers the model delay, which is loaded here\n" in text


def test_what_people_wrote_stays(tmp_path: Path) -> None:
    notebooks = project(
        tmp_path,
        make="open('made.txt', 'w')",
        take="open('made.txt')\nopen('taken.txt', 'w')",
        tell="open('taken.txt')",
        dark="open(find())",
    )
    written = """
pipeline: mine
params: {depth: 3}
steps:
  zero: {notebook: elsewhere.ipynb, after: [second]}
  second: {notebook: ./take.ipynb, inputs: [old.txt], retries: 2, when: depth > 1, sweep: {depth: [1, 2]}}
  make: {notebook: dark.ipynb, inputs: [dark.csv], after: [zero], cache: false}
  first: {notebook: make.ipynb, after: [second], timeout: 60}
"""
    existing = parse_pipeline(written, tmp_path / "pipeline.yaml")
    merged = merge_into(existing, infer_pipeline(notebooks, folder=tmp_path))
    pipeline = merged.pipeline
    assert (pipeline.name, pipeline.params, pipeline.file) == ("mine", {"depth": 3}, tmp_path / "pipeline.yaml")
    assert [step.name for step in pipeline.steps] == ["zero", "second", "make", "first", "tell"]
    assert pipeline.step("zero") == existing.step("zero")
    second = replace(existing.step("second"), inputs=("made.txt",), outputs=("taken.txt",))
    assert pipeline.step("second") == second
    assert pipeline.step("make") == existing.step("make")
    assert pipeline.step("first") == replace(existing.step("first"), outputs=("made.txt",), after=())
    assert pipeline.step("tell").inputs == ("taken.txt",)
    assert "first was said to come after second, which now needs what first makes: left out" in merged.unsure


WRITERS = (
    "open('{path}', 'w').write('x')",
    "from pathlib import Path\nPath('data').joinpath('{name}').write_text('x')",
    "import os\nTARGET = os.path.join('data', '{name}')\nwith open(TARGET, mode='w') as f:\n    f.write('x')",
    "import pandas as pd\ndf = pd.DataFrame()\ndf.to_csv('data/' + '{name}')",
    "import joblib, pathlib\nDATA = pathlib.Path('data')\njoblib.dump({{}}, DATA / '{name}')",
    "def save(value, name, folder='data'):\n    import pickle\n    with open(f'{{folder}}/{{name}}', 'wb') as f:\n"
    "        pickle.dump(value, f)\nsave(1, '{name}')",
    "!echo x > {path}",
)
READERS = (
    "open('{path}').read()",
    "import pandas as pd\nfor part in ['{name}']:\n    pd.read_csv('data/%s' % part)",
    "from pathlib import Path\nROOT = Path.cwd()\ntext = (ROOT / 'data' / '{name}').read_text()",
    "paths = {{'in': '{path}'}}\nimport numpy as np\nnp.load(paths['in'])",
    "import joblib as jl\nload = jl.load\nload(filename='data/{name}')",
    "%%bash\ncat {path} | wc -l",
    "import polars\npolars.scan_csv('./data/../{path}').collect()",
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), count=st.integers(2, 7))
def test_code_in_any_style_says_the_order_of_random_projects(data: st.DataObject, count: int) -> None:
    truth: dict[str, set[str]] = {}
    cells: dict[str, tuple[str, ...]] = {}
    names = data.draw(st.permutations([f"{letter}_step" for letter in "abcdefg"[:count]]))
    for at, name in enumerate(names):
        needs = data.draw(st.sets(st.sampled_from(names[:at]), max_size=3)) if at else set()
        read = [data.draw(st.sampled_from(READERS)).format(path=f"data/{one}.dat", name=f"{one}.dat") for one in needs]
        write = data.draw(st.sampled_from(WRITERS)).format(path=f"data/{name}.dat", name=f"{name}.dat")
        truth[name] = needs
        cells[name] = (*read, write)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        inferred = infer_pipeline(Project("random", cells, {}).make(folder), folder=folder)
        assert needs_of(inferred, folder) == truth, inferred.text
        assert inferred.unsure == ()


def test_a_notebook_that_does_not_end_is_stopped_and_the_others_are_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    notebooks = project(
        folder,
        endless="import subprocess, time\nsubprocess.run(['sleep', '987'])\nopen('late.txt', 'w')",
        short="from pathlib import Path\nPath('c.csv').write_text('a')",
    )
    inferred = infer_pipeline(notebooks, folder=folder, execute=True, timeout=6)
    assert "endless could not be run: it had not ended after 6 s (--timeout)" in inferred.unsure
    assert {step.name: step.outputs for step in inferred.pipeline.steps}["short"] == ("c.csv",)
    assert not [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", "987"]]
