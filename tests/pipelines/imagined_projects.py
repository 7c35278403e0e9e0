"""Projects of several notebooks as different people write them, with the order that a person would say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import nbformat

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Project:
    """A project, and what is true of it.

    ``needs`` holds for each step those that it needs at once. ``takes`` and ``gives`` are inputs and outputs of some
    steps, whole. ``folder`` is where its pipeline stands.
    """

    name: str
    notebooks: dict[str, tuple[str, ...]]
    needs: dict[str, set[str]]
    files: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    takes: dict[str, set[str]] = field(default_factory=dict)
    gives: dict[str, set[str]] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()
    """What is said to be unsure by the code alone."""
    folder: str = "."
    language: str = "python"
    runs: bool = True
    lineage: bool = True
    """Whether what the runs did says all: names of the workspace and the like are only in the code."""

    def make(self, path: Path) -> list[Path]:
        """Write the project into a folder; give its notebooks."""
        for name, text in self.files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(text)
        made = []
        for name, cells in self.notebooks.items():
            spec = {"name": "python3", "display_name": "3", "language": self.language}
            notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
            if name in self.parameters:
                tagged = nbformat.v4.new_code_cell(self.parameters[name], metadata={"tags": ["parameters"]})
                notebook.cells.append(tagged)
            notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
            file = path / f"{name}.ipynb"
            file.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, file)
            made.append(file)
        return made


RAW = "id,x,y\n" + "".join(f"{n},{n * 7 % 11},{n % 2}\n" for n in range(40))

COOKIECUTTER = Project(
    name="cookiecutter folders, notebooks in a folder of their own, paths one up",
    files={"data/raw/flights.csv": RAW, "pyproject.toml": "[project]\nname = 'flights'\n"},
    folder="notebooks",
    notebooks={
        "notebooks/1.0-jqp-clean": (
            "import pandas as pd\nfrom pathlib import Path",
            "RAW = Path('..') / 'data' / 'raw'\nPROCESSED = RAW.parent / 'processed'\nPROCESSED.mkdir(exist_ok=True)",
            "flights = pd.read_csv(RAW / 'flights.csv').dropna()\n"
            "flights.to_csv(PROCESSED / 'flights.csv', index=False)",
        ),
        "notebooks/2.0-jqp-train": (
            "import pandas as pd, joblib, os\nfrom sklearn.tree import DecisionTreeClassifier",
            "df = pd.read_csv('../data/processed/flights.csv')\nos.makedirs('../models', exist_ok=True)",
            "model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(df[['x']], df['y'])\n"
            "joblib.dump(model, '../models/tree.joblib')\nagain = joblib.load('../models/tree.joblib')",
        ),
        "notebooks/3.0-jqp-report": (
            "import joblib, json, pandas as pd\nfrom pathlib import Path\nroot = Path.cwd().parent",
            "model = joblib.load(root / 'models' / 'tree.joblib')\n"
            "data = pd.read_csv(root.joinpath('data', 'processed', 'flights.csv'))",
            "(root / 'reports').mkdir(exist_ok=True)\n"
            "with open(root / 'reports' / 'score.json', 'w') as f:\n"
            "    json.dump({'accuracy': model.score(data[['x']], data['y'])}, f)",
        ),
    },
    needs={"jqp-clean": set(), "jqp-train": {"jqp-clean"}, "jqp-report": {"jqp-clean", "jqp-train"}},
    takes={"jqp-clean": {"../data/raw/flights.csv"}, "jqp-train": {"../data/processed/flights.csv"}},
    gives={"jqp-train": {"../models/tree.joblib"}, "jqp-report": {"../reports/score.json"}},
)

CONFIG = Project(
    name="paths in a YAML file and in a config cell",
    files={
        "conf/paths.yaml": "data:\n  raw: in/raw.csv\n  clean: out/clean.csv\nmodel: out/model.pkl\n",
        "in/raw.csv": RAW,
    },
    notebooks={
        "train": (
            "import yaml, pickle\nimport pandas as pd\nCONFIG = yaml.safe_load(open('conf/paths.yaml'))",
            "df = pd.read_csv(CONFIG['data']['clean'])",
            "with open(CONFIG['model'], 'wb') as file:\n    pickle.dump(df.mean(), file)",
        ),
        "prepare": (
            "import pandas as pd, yaml, os\nwith open('conf/paths.yaml') as f:\n    cfg = yaml.safe_load(f)['data']",
            "os.makedirs(os.path.dirname(cfg['clean']), exist_ok=True)",
            "pd.read_csv(cfg['raw']).query('x > 2').to_csv(cfg.get('clean'), index=False)",
        ),
        "apply": (
            "class Config:\n    out = 'out'\n    model = f'{out}/model.pkl'\n\n    def __init__(self):\n"
            "        self.scores = os.path.join(self.out, 'scores.txt')",
            "import os, pickle, pathlib\nconfig = Config()",
            "means = pickle.loads(pathlib.Path(config.model).read_bytes())\n"
            "pathlib.Path(config.scores).write_text(str(means))",
        ),
    },
    needs={"prepare": set(), "train": {"prepare"}, "apply": {"train"}},
    takes={
        "prepare": {"conf/paths.yaml", "in/raw.csv"},
        "train": {"conf/paths.yaml", "out/clean.csv"},
        "apply": {"out/model.pkl"},
    },
    gives={"apply": {"out/scores.txt"}},
)

PARAMETERS = Project(
    name="one month at a time, by a parameter",
    files={"raw/2013-06.csv": RAW, "raw/2013-07.csv": RAW},
    parameters={
        "clean": "month = '2013-06'",
        "model": "month = '2013-06'\ndepth: int = 3",
        "plot": "MONTH: str = '2013-06'",
    },
    notebooks={
        "plot": (
            "import pandas as pd\nimport matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt",
            "df = pd.read_parquet('clean/{}.parquet'.format(MONTH))\nfig, ax = plt.subplots()\nax.plot(df['x'])\n"
            "fig.savefig(f'plots/{MONTH}.png')",
        ),
        "model": (
            "import pandas as pd\nfrom pathlib import Path\nfrom sklearn.tree import DecisionTreeRegressor",
            "df = pd.read_parquet(Path('clean') / (month + '.parquet'))\n"
            "Path(f'model-{month}-{depth:02d}.txt').write_text(str(len(df)))",
        ),
        "clean": (
            "import pandas as pd, os\nfor folder in ('clean', 'plots'):\n    os.makedirs(folder, exist_ok=True)",
            "source = f'raw/{month}.csv'\npd.read_csv(source).to_parquet(f'clean/{month}.parquet')",
        ),
    },
    needs={"clean": set(), "model": {"clean"}, "plot": {"clean"}},
    takes={"clean": {"raw/{month}.csv"}, "model": {"clean/{month}.parquet"}, "plot": {"clean/{MONTH}.parquet"}},
    gives={
        "clean": {"clean/{month}.parquet"},
        "model": {"model-{month}-{depth:02d}.txt"},
        "plot": {"plots/{MONTH}.png"},
    },
)

DATABASE = Project(
    name="one SQLite file, updated in place by numbered notebooks",
    files={"flights.csv": RAW},
    notebooks={
        "10_summary": (
            "import sqlite3, pandas as pd\ncon = sqlite3.connect('flights.db')",
            "late = pd.read_sql('SELECT y, count(*) AS n FROM clean GROUP BY y', con)\ncon.close()",
            "late.to_csv('summary.csv', index=False)",
        ),
        "2_clean": (
            "import sqlite3\nimport pandas as pd\n\nDB = 'flights.db'",
            "with sqlite3.connect(DB) as con:\n    frame = pd.read_sql_query('select * from raw where x > 1', con)\n"
            "    frame.to_sql('clean', con, if_exists='replace', index=False)\ncon.close()",
        ),
        "1_load": (
            "import sqlite3, pandas as pd\nconnection = sqlite3.connect('flights.db')",
            "pd.read_csv('flights.csv').to_sql('raw', connection, if_exists='replace', index=False)\n"
            "connection.commit()\nconnection.close()",
        ),
    },
    needs={"load": set(), "clean": {"load"}, "summary": {"clean", "load"}},
    takes={"load": {"flights.csv"}, "clean": {"flights.db"}, "summary": {"flights.db"}},
    gives={"load": {"flights.db"}, "clean": {"flights.db"}, "summary": {"summary.csv"}},
)

PARTITIONS = Project(
    name="partitioned Parquet, a file a month in a loop, and globs",
    files={"raw/a.csv": RAW, "raw/b.csv": RAW},
    notebooks={
        "c_merge": (
            "from pathlib import Path\nimport pandas as pd\nfiles = sorted(Path('months').glob('*.csv'))",
            "pd.concat([pd.read_csv(file) for file in files]).to_csv('merged.csv', index=False)",
        ),
        "a_split": (
            "import pandas as pd\nimport glob\nfrom pathlib import Path",
            "frames = []\nfor path in sorted(glob.glob('raw/*.csv')):\n    frames.append(pd.read_csv(path))\n"
            "df = pd.concat(frames)\nOUT = Path('months')\nOUT.mkdir(exist_ok=True)",
            "for month in range(1, 9):\n    df[df.x == month].to_csv(OUT / f'2013-{month:02d}.csv', index=False)",
            "df.to_parquet('parts', partition_cols=['y'])",
        ),
        "b_count": (
            "import pyarrow.parquet as pq, json\ntable = pq.read_table('parts')",
            "print(len(table), file=open('count.txt', 'w'))",
        ),
    },
    needs={"a_split": set(), "b_count": {"a_split"}, "c_merge": {"a_split"}},
    takes={"a_split": {"raw/*.csv"}, "c_merge": {"months/*.csv"}, "b_count": {"parts"}},
    gives={"a_split": {"months/2013-*.csv", "parts"}, "b_count": {"count.txt"}, "c_merge": {"merged.csv"}},
)

MODULE = Project(
    name="a module with constants and functions, used by all",
    files={
        "paths.py": (
            "from pathlib import Path\n\nROOT = Path(__file__).resolve().parent\nDATA = ROOT / 'data'\n"
            "MODELS = {kind: ROOT / 'models' / f'{kind}.skops' for kind in ('ridge', 'linear')}\n\n\n"
            "def stage(name, ending='csv'):\n    return DATA / 'stages' / f'{name}.{ending}'\n\n\n"
            "def save(frame, name):\n    stage(name).parent.mkdir(exist_ok=True)\n"
            "    frame.to_csv(stage(name), index=False)\n"
        ),
        "data/input.csv": RAW,
    },
    notebooks={
        "evaluate": (
            "from paths import MODELS, stage\nimport skops.io as sio, pandas as pd",
            "test = pd.read_csv(stage('test'))\nscores = {}\nfor kind, file in MODELS.items():\n"
            "    scores[kind] = sio.load(file).score(test[['x']], test['y'])",
            "pd.Series(scores).to_json('scores.json')",
        ),
        "fit": (
            "import pandas as pd, skops.io\nfrom sklearn.linear_model import LinearRegression, Ridge\nimport paths",
            "train = pd.read_csv(paths.stage('train'))\nmodels = {'ridge': Ridge(), 'linear': LinearRegression()}",
            "for kind, model in models.items():\n    paths.MODELS[kind].parent.mkdir(exist_ok=True)\n"
            "    skops.io.dump(model.fit(train[['x']], train['y']), paths.MODELS[kind])",
        ),
        "split": (
            "import pandas as pd\nfrom paths import DATA, save\ndf = pd.read_csv(DATA / 'input.csv')",
            "save(df[df.id < 30], 'train')\nsave(df[df.id >= 30], 'test')",
        ),
    },
    needs={"split": set(), "fit": {"split"}, "evaluate": {"fit", "split"}},
    takes={"split": {"data/input.csv"}, "fit": {"data/stages/train.csv"}},
    gives={"split": {"data/stages/train.csv", "data/stages/test.csv"}, "evaluate": {"scores.json"}},
)

DIAMOND = Project(
    name="a diamond with magics, shell lines and DuckDB",
    files={"landing/raw.csv": RAW},
    notebooks={
        "04_join": (
            "import duckdb",
            "duckdb.sql('''\n    COPY (SELECT l.id, l.x, r.y FROM 'left.parquet' l\n"
            "    JOIN read_csv('right.csv') r USING (id))\n"
            "    TO 'joined.parquet' (FORMAT parquet)\n''')",
        ),
        "03_right": ("%%bash\nset -e\ncut -d, -f1,3 < work/raw.csv > right.csv",),
        "02_left": (
            "%%time\nimport polars as pl\nframe = pl.read_csv('work/raw.csv')",
            "frame.select('id', 'x').write_parquet('left.parquet')",
        ),
        "01_fetch": ("!mkdir -p work\n!cp landing/raw.csv work/",),
    },
    needs={"fetch": set(), "left": {"fetch"}, "right": {"fetch"}, "join": {"left", "right"}},
    takes={"fetch": {"landing/raw.csv"}, "join": {"left.parquet", "right.csv"}},
    gives={"fetch": {"work/raw.csv"}, "right": {"right.csv"}, "join": {"joined.parquet"}},
    lineage=False,  # the reads of another program leave no trace in the kernel
)

APART = Project(
    name="no edges at all: notebooks that only read the same data, keep to themselves, or read nothing",
    files={"data.csv": RAW},
    notebooks={
        "explore_x": ("import pandas as pd\npd.read_csv('data.csv').x.describe()",),
        "explore_y": (
            "import pandas as pd\nfrom pathlib import Path\nimport tempfile",
            "y = pd.read_csv('data.csv').y\ncache = Path(tempfile.gettempdir()) / 'y-of-all.pkl'\ny.to_pickle(cache)",
            "y = pd.read_pickle(cache)\nimport os\nos.remove(cache)",
        ),
        "notes": ("total = 1 + 1\ntotal",),
        "keeps": (
            "import json, os\nif os.path.exists('state.json'):\n    state = json.load(open('state.json'))\n"
            "else:\n    state = {'n': 0}",
            "state['n'] += 1\nwith open('state.json', 'w') as f:\n    json.dump(state, f)",
        ),
    },
    needs={"explore_x": set(), "explore_y": set(), "notes": set(), "keeps": set()},
    takes={"explore_x": {"data.csv"}, "explore_y": {"data.csv"}, "notes": set(), "keeps": set()},
    gives={"explore_x": set(), "explore_y": set(), "keeps": {"state.json"}},
)

R_PROJECT = Project(
    name="notebooks in R",
    files={"data/raw.csv": RAW},
    language="R",
    parameters={"fit": 'kind <- "lm"'},
    notebooks={
        "fit": (
            "library(readr)\ndir <- file.path('data', 'clean')\ndf <- read_csv(file.path(dir, 'flights.csv'))",
            "model <- lm(y ~ x, data = df)\nsaveRDS(model, file = paste0('models/', kind, '.rds'))",
        ),
        "tidy": (
            "library(dplyr)  # the pipe\nraw <- read.csv('data/raw.csv')",
            "raw |>\n  dplyr::filter(x > 1) %>%\n  readr::write_csv('data/clean/flights.csv')",
        ),
        "plot": (
            "m <- readRDS(here::here('models', 'lm.rds'))\np <- ggplot(m, aes(x)) +\n  geom_point()",
            "ggsave('fit.png', plot = p, width = 4)",
        ),
    },
    needs={"tidy": set(), "fit": {"tidy"}, "plot": {"fit"}},
    takes={"tidy": {"data/raw.csv"}},
    gives={"fit": {"models/{kind}.rds"}, "plot": {"fit.png"}},
    runs=False,
)

NAMES = Project(
    name="what the workspace keeps by name: data sets, feature views, models",
    files={"weather.csv": RAW, "flights.csv": RAW},
    notebooks={
        "score": (
            "import nbmlops\nmodel = nbmlops.load('delay@champion')\nflights = nbmlops.dataset('flights@1')",
            "flights.assign(late=model.predict(flights[['x']])).to_csv('scored.csv')",
        ),
        "train": (
            "%load_ext nbmlops\nimport nbmlops",
            "labels = nbmlops.dataset('flights')\nfull = nbmlops.training_set(labels, ['weather:x'])",
            "%%track tree\nmodel = fit(full)",
            "%register model as delay@champion",
        ),
        "views": ("%%feature weather --entity id --timestamp y --ttl 2h\nSELECT id, x, y FROM 'weather.csv'",),
        "ingest": (
            "%load_ext nbmlops\nimport pandas as pd\ndf = pd.read_csv('flights.csv')",
            "%nbmlops datasets save df as flights",
        ),
    },
    needs={"ingest": set(), "views": set(), "train": {"ingest", "views"}, "score": {"ingest", "train"}},
    takes={"views": {"weather.csv"}, "ingest": {"flights.csv"}},
    gives={"score": {"scored.csv"}},
    runs=False,
)

RUNS_OTHERS = Project(
    name="notebooks that run others: %run for names, papermill for a whole one",
    files={"base.csv": RAW, "shared.ipynb": ""},
    notebooks={
        "main": (
            "%run setup.ipynb",
            "import pandas as pd\npd.read_csv(OUT / 'made.csv').tail(3).to_csv(OUT / 'tail.csv')",
        ),
        "setup": (
            "from pathlib import Path\nimport pandas as pd\nOUT = Path('out')\nOUT.mkdir(exist_ok=True)",
            "pd.read_csv('base.csv').to_csv(OUT / 'made.csv')",
        ),
        "drive": (
            "import papermill as pm\nfor seed in (1, 2):\n"
            "    pm.execute_notebook('main.ipynb', f'runs/main-{seed}.ipynb', parameters={'seed': seed})",
        ),
    },
    needs={"setup": set(), "main": {"setup"}, "drive": {"main"}},
    gives={"main": {"out/tail.csv"}, "setup": {"out/made.csv"}},
    runs=False,
)

BRANCHES = Project(
    name="functions with defaults, branches, a fallback, a class with a property",
    files={"in/one.csv": RAW},
    notebooks={
        "z_read": (
            "import pandas as pd\nfrom dataclasses import dataclass\n\n@dataclass\nclass Store:\n"
            "    base: str = 'store'\n\n"
            "    @property\n    def table(self):\n        return f'{self.base}/table.pkl'",
            "df = pd.read_pickle(Store().table)\ndf.to_json(Store(base='store').table.replace('.pkl', '.json'))",
        ),
        "y_write": (
            "import os\nimport pandas as pd\nDEBUG = False\nBASE = os.environ.get('STORE', 'store')",
            "def load(name, folder='in', ending='.csv'):\n    path = os.path.join(folder, name + ending)\n"
            "    return pd.read_csv(path)",
            "def store(frame, name='table'):\n    os.makedirs(BASE, exist_ok=True)\n    if DEBUG:\n"
            "        frame.to_pickle('debug.pkl')\n    else:\n        frame.to_pickle('%s/%s.pkl' % (BASE, name))",
            "try:\n    df = load('one')\nexcept FileNotFoundError:\n    df = load('one', 'backup')\nstore(df)",
        ),
    },
    needs={"y_write": set(), "z_read": {"y_write"}},
    takes={"y_write": {"in/one.csv"}, "z_read": {"store/table.pkl"}},
    gives={"y_write": {"store/table.pkl"}, "z_read": {"store/table.json"}},
    unsure=("y_write: backup/one.csv is not there, and no notebook makes it",),
)

WHOLE_PATHS = Project(
    name="paths as parameters, whole and in part, and tools that come by other names",
    files={"in/start.csv": RAW, "lib/tools.py": "KINDS = ['x', 'y']\n"},
    parameters={
        "second": "source = 'in/start.csv'\ntarget = 'middle.csv'",
        "first": "source = 'middle.csv'\nroot = '.'\nyears = [2013]",
        "third": "root = '.'",
    },
    notebooks={
        "first": (
            "import sys\nsys.path.insert(0, 'lib')\nfrom tools import KINDS\nimport pandas as pd, os\n"
            "from functools import partial\nread = partial(pd.read_csv, usecols=['id', *KINDS])",
            "df = read(source)\nos.makedirs(f'{root}/kinds', exist_ok=True)",
            "for kind in KINDS:\n    df[kind].to_csv(f'{root}/kinds/{kind}.csv')\nfor year in years:\n"
            "    df.to_csv(f'all-{year}.csv')",
        ),
        "second": ("import pandas as pd\npd.read_csv(source).to_csv(target, index=False)",),
        "third": (
            "import zipfile\nfrom pathlib import Path\nwith zipfile.ZipFile('kinds.zip', 'w') as archive:\n"
            "    for kind in ('x', 'y'):\n        text = Path(root, 'kinds', f'{kind}.csv').read_text()\n"
            "        archive.writestr(kind, text)",
        ),
    },
    needs={"second": set(), "first": {"second"}, "third": {"first"}},
    takes={"second": {"{source}"}, "first": {"{source}"}, "third": {"{root}/kinds/x.csv", "{root}/kinds/y.csv"}},
    gives={"first": {"{root}/kinds/x.csv", "{root}/kinds/y.csv", "all-*.csv"}, "second": {"{target}"}},
)

PROJECTS = (
    COOKIECUTTER,
    CONFIG,
    PARAMETERS,
    DATABASE,
    PARTITIONS,
    MODULE,
    DIAMOND,
    APART,
    R_PROJECT,
    NAMES,
    RUNS_OTHERS,
    BRANCHES,
    WHOLE_PATHS,
)
