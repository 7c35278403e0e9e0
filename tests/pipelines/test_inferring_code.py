"""What single cells say that they read and write: ways that exclude each other, what is not known, and shell lines."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from imagined_projects import Project

from nbmlops.pipelines.graph import check_pipeline
from nbmlops.pipelines.inferring import infer_pipeline
from nbmlops.pipelines.inferring.executing import run_in_scratch
from nbmlops.pipelines.inferring.places import Places
from nbmlops.pipelines.notebooks import read_notebook
from nbmlops.pipelines.reading import parse_pipeline

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Case:
    """Cells of one notebook, files beside it, and what is true of them."""

    name: str
    cells: tuple[str, ...]
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    unsure: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)


PANDAS = "import pandas as pd\n"
HAS_TORCH = "try:\n    import torch\n    HAS = True\nexcept ImportError:\n    HAS = False"
CASES = [
    Case(
        "a flag of an import that may fail decides between two files",
        (HAS_TORCH, PANDAS + "if HAS:\n    pd.read_csv('torch.csv')\nelse:\n    pd.read_csv('plain.csv')"),
        reads={"torch.csv", "plain.csv"},
    ),
    Case(
        "a flag of an import that may fail chooses a name",
        (HAS_TORCH, PANDAS + "pd.read_csv('torch.csv' if HAS else 'plain.csv')"),
        reads={"torch.csv", "plain.csv"},
    ),
    Case(
        "a handler that returns leaves the way of the body",
        (
            f"{PANDAS}def load():\n    try:\n        name = find()\n    except ValueError:\n"
            "        return pd.read_csv('spare.csv')\n    return pd.read_csv('main.csv')\nload().to_csv('out.csv')",
        ),
        reads={"spare.csv", "main.csv"},
        writes={"out.csv"},
    ),
    Case(
        "how often a loop is gone through is not known",
        (
            PANDAS + "n = 0\nfor row in rows():\n    n += 1",
            "if n == 0:\n    pd.read_csv('none.csv')\nelse:\n    pd.read_csv('some.csv')",
        ),
        reads={"none.csv", "some.csv"},
    ),
    Case(
        "a while that may not be entered",
        (f"{PANDAS}name = 'first.csv'\nwhile waiting():\n    name = 'later.csv'\npd.read_csv(name)",),
        reads={"first.csv", "later.csv"},
    ),
    Case(
        "cases of a match, and none of them",
        (
            f"{PANDAS}name = 'other.csv'\nmatch kind():\n    case 'a':\n        name = 'a.csv'\n"
            "    case 'b':\n        name = 'b.csv'\npd.read_csv(name)",
        ),
        reads={"other.csv", "a.csv", "b.csv"},
    ),
    Case(
        "what a folder holds is not known",
        (
            f"{PANDAS}import os\nif 'x.csv' in os.listdir('data'):\n    pd.read_csv('data/x.csv')\n"
            "else:\n    pd.DataFrame().to_csv('data/y.csv')",
        ),
        reads={"data/x.csv"},
        writes={"data/y.csv"},
        files={"data/x.csv": ""},
    ),
    Case(
        "whether a pattern matches is not known",
        (
            f"{PANDAS}import glob\nif not glob.glob('data/*.csv'):\n    pd.DataFrame().to_csv('data/made.csv')\n"
            "else:\n    pd.read_csv('other.csv')",
        ),
        reads={"other.csv"},
        writes={"data/made.csv"},
    ),
    Case(
        "a frame that is there only on one way",
        (
            f"{PANDAS}df = None\nif asked():\n    df = pd.read_csv('in.csv')",
            "if df is not None:\n    df.to_csv('out.csv')",
        ),
        reads={"in.csv"},
        writes={"out.csv"},
    ),
    Case(
        "a loop of 160 000 steps says so, and takes nothing from the next cell",
        ("for i in range(400):\n    for j in range(400):\n        x = i", f"{PANDAS}pd.read_csv('in.csv')"),
        reads={"in.csv"},
        unsure=("one: cell 1 is too long to be followed to its end",),
    ),
    Case(
        "a sum of 1500 terms",
        (f"total = {' + '.join(['x'] * 1500)}", f"{PANDAS}pd.read_csv('in.csv')"),
        reads={"in.csv"},
        unsure=("one: cell 1 is nested too deeply to be followed",),
    ),
    Case(
        "a relative import inside a package beside the notebook",
        ("from pack import load", "load()"),
        reads={"raw.csv"},
        files={
            "pack/__init__.py": "from .reading import load\n",
            "pack/reading.py": f"{PANDAS}from .places import RAW\n\ndef load():\n    return pd.read_csv(RAW)\n",
            "pack/places.py": "RAW = 'raw.csv'\n",
        },
    ),
    Case(
        "a class method that loads",
        (
            f"{PANDAS}class Data:\n    path = 'raw.csv'\n\n"
            "    def __init__(self, frame):\n        self.frame = frame\n\n"
            "    @classmethod\n    def load(cls):\n        return cls(pd.read_csv(cls.path))\n"
            "Data.load().frame.to_csv('out.csv')",
        ),
        reads={"raw.csv"},
        writes={"out.csv"},
    ),
    Case(
        "a field of a dataclass without a default",
        (
            f"{PANDAS}from dataclasses import dataclass\n@dataclass\nclass Config:\n    path: str\n"
            "    out: str = 'out.csv'\nconfig = Config('raw.csv')\npd.read_csv(config.path).to_csv(config.out)",
        ),
        reads={"raw.csv"},
        writes={"out.csv"},
    ),
    Case(
        "an assertion that reads",
        (f"{PANDAS}assert len(pd.read_csv('raw.csv')) > 0, open('why.txt').read()",),
        reads={"raw.csv", "why.txt"},
    ),
    Case(
        "a shell line leaves the notebook's folder as it is",
        ("!cd data && cat raw.csv > clean.csv", f"{PANDAS}pd.read_csv('own.csv')"),
        reads={"data/raw.csv", "own.csv"},
        writes={"data/clean.csv"},
    ),
    Case(
        "a condition of the shell on one line",
        ("!if [ ! -f d.csv ]; then curl -o d.csv https://x.org/d.csv; fi",),
        writes={"d.csv"},
    ),
    Case(
        "a condition of the shell on several lines",
        ("%%bash\nif [ ! -f d.csv ]; then\n  curl -o d.csv https://x.org/d.csv\nfi",),
        writes={"d.csv"},
    ),
    Case("sed in place changes the file", ("!sed -i 's/a/b/' d.csv",), writes={"d.csv"}),
    Case("gunzip takes the ending off", ("!gunzip d.csv.gz",), reads={"d.csv.gz"}, writes={"d.csv"}),
    Case("gzip to the standard output makes no file", ("!gzip -c d.csv > e.gz",), reads={"d.csv"}, writes={"e.gz"}),
    Case("sort writes where -o says", ("!sort a.csv -o b.csv",), reads={"a.csv"}, writes={"b.csv"}),
    Case("values of options are no files", ("!cut -d , -f 1 a.csv > c.csv",), reads={"a.csv"}, writes={"c.csv"}),
    Case(
        "a line of IPython's shell has Python's names", ("name = 'p'", "!cat {name}.csv $name.txt"), {"p.csv", "p.txt"}
    ),
    Case(
        "a bash cell has not",
        ("name = 'p'", "%%bash\nname=s\ncat $name.txt {name}.csv"),
        unsure=("one: {{name}}.csv is not there, and no notebook makes it",),
    ),
    Case(
        "a copy into a folder keeps the name",
        (
            "import shutil\nshutil.copy('a.csv', 'kept')\nshutil.copy('a.csv', 'new/')\n"
            "shutil.copyfile('a.csv', 'kept2')",
            "!cp b.csv kept\n!mv b.csv c.csv d.csv moved",
        ),
        reads={"a.csv", "b.csv", "c.csv", "d.csv"},
        writes={"kept/a.csv", "new/a.csv", "kept2", "kept/b.csv", "moved/b.csv", "moved/c.csv", "moved/d.csv"},
        files={"kept/there.txt": ""},
    ),
    Case(
        "a path from the root of the file system is one of the folder",
        (
            f"{PANDAS}import os\nfrom pathlib import Path\nos.chdir('data')",
            "pd.read_csv(os.path.abspath('a.csv'))\npd.read_csv(Path('b.csv').resolve())\n"
            "pd.read_csv(Path.cwd() / 'c.csv')\npd.read_csv(os.path.join(os.getcwd(), 'd.csv'))",
        ),
        reads={"data/a.csv", "data/b.csv", "data/c.csv", "data/d.csv"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_cell_says_what_it_reads_and_writes(case: Case, tmp_path: Path) -> None:
    there = {**dict.fromkeys(case.reads, ""), **case.files}
    notebooks = Project(case.name, {"one": case.cells}, {}, files=there).make(tmp_path)
    inferred = infer_pipeline(notebooks, folder=tmp_path)
    [step] = inferred.pipeline.steps
    assert set(step.inputs) == case.reads
    assert set(step.outputs) == case.writes
    assert inferred.unsure == case.unsure


def test_a_pattern_for_many_files_makes_no_false_edges(tmp_path: Path) -> None:
    writes = "".join(f"open('data/part-{n}.csv', 'w')\n" for n in range(7))
    notebooks = Project(
        "parts",
        {
            "parts": (writes,),
            "other": ("open('data/part-x.csv', 'w')",),
            "one": ("open('data/part-x.csv')",),
            "all": ("".join(f"open('data/part-{n}.csv')\n" for n in range(7)),),
            "kept": ("open('data/part-kept.csv')",),
        },
        {},
        files={"data/part-kept.csv": ""},
    ).make(tmp_path)
    inferred = infer_pipeline(notebooks, folder=tmp_path)
    pipeline = parse_pipeline(inferred.text, tmp_path / "pipeline.yaml")
    assert {name: set(needs) for name, needs in check_pipeline(pipeline).needs.items()} == {
        "parts": set(),
        "other": set(),
        "one": {"other"},
        "all": {"parts"},
        "kept": set(),
    }


def test_a_scratch_copy_leaves_a_project_of_a_like_name_alone(tmp_path: Path) -> None:
    (tmp_path / "flights-old").mkdir()
    (tmp_path / "flights-old" / "a.csv").write_text("old")
    folder = tmp_path / "flights"
    notebooks = Project(
        "flights",
        {"look": (f"text = open({str(tmp_path / 'flights-old' / 'a.csv')!r}).read()\nopen('{folder}/b.txt', 'w')",)},
        {},
    ).make(folder)
    seen, failures = run_in_scratch([read_notebook(notebooks[0])], Places(folder), folder, 60, lambda _: None)
    assert failures == {}
    [lineage] = seen.values()
    assert {(use.how, use.path) for use in lineage.uses} == {
        ("read", str(tmp_path / "flights-old" / "a.csv")),
        ("write", "b.txt"),
    }
    assert not (folder / "b.txt").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_scratch_copy_passes_over_pipes_and_links_that_lead_round(tmp_path: Path) -> None:
    folder = tmp_path / "flights"
    notebooks = Project(
        "flights", {"copy": ("open('b.txt', 'w').write(open('deep/a.txt').read())",)}, {}, files={"deep/a.txt": "a"}
    ).make(folder)
    os.mkfifo(folder / "deep" / "pipe")
    (folder / "deep" / "round").symlink_to(folder, target_is_directory=True)
    (folder / "deep" / "above").symlink_to(tmp_path, target_is_directory=True)
    seen, failures = run_in_scratch([read_notebook(notebooks[0])], Places(folder), folder, 60, lambda _: None)
    assert failures == {}
    [lineage] = seen.values()
    assert {(use.how, use.path) for use in lineage.uses} == {("read", "deep/a.txt"), ("write", "b.txt")}
