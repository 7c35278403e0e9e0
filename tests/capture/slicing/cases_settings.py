"""Notebooks about what is outside of names: generators, environment, files, options, modules."""

CASES = {
    "seeded_then_drawn": (
        ["import numpy as np", "np.random.seed(0)", "a = np.random.rand()", "z = 3", "b = np.random.rand()"],
        [0, 1, 2, 4],
    ),
    "unseeded_draws_stay_out": (["import numpy as np", "a = np.random.rand()", "b = np.random.rand()"], [0, 2]),
    "last_seed_counts": (
        ["import random", "random.seed(1)", "a = random.random()", "random.seed(2)", "b = random.random()"],
        [0, 3, 4],
    ),
    "seeding_function": (
        [
            "import random, numpy as np",
            "def set_seed(s):\n    random.seed(s)\n    np.random.seed(s)",
            "set_seed(3)",
            "np.random.rand(3)",
            "x = random.random()",
        ],
        [0, 1, 2, 4],
    ),
    "import_for_its_effect": (
        [
            "from sklearn.linear_model import Ridge",
            "from sklearn.experimental import enable_iterative_imputer",
            "from sklearn.impute import IterativeImputer",
            "alpha = Ridge().alpha",
            "x = IterativeImputer().max_iter",
        ],
        [1, 2, 4],
    ),
    "import_of_an_effect_that_is_not_used": (
        [
            "from sklearn.linear_model import Ridge",
            "from sklearn.experimental import enable_iterative_imputer",
            "x = Ridge().alpha",
        ],
        [0, 2],
    ),
    "other_generator": (
        [
            "import random",
            "import numpy as np",
            "random.seed(1)",
            "np.random.seed(1)",
            "random.random()",
            "x = np.random.rand()",
        ],
        [1, 3, 5],
    ),
    "environment": (
        ["import os", "os.environ['MODE'] = 'fast'", "os.environ['OTHER'] = 'x'", "n = 5", "mode = os.environ['MODE']"],
        [0, 1, 4],
    ),
    "environment_unused": (["import os", "os.environ['MODE'] = 'fast'", "n = 5"], [2]),
    "magic_environment": (["%env LEVEL=3", "import os", "x = os.getenv('LEVEL')"], [0, 1, 2]),
    "file_written_and_read": (
        [
            "import pandas as pd",
            "df = pd.DataFrame({'a': [1, 2]})",
            "df.to_csv('x.csv', index=False)",
            "z = pd.DataFrame()",
            "y = pd.read_csv('x.csv')",
        ],
        [0, 1, 2, 4],
    ),
    "native_file": (
        [
            "import pandas as pd",
            "df = pd.DataFrame({'a': [1, 2]})",
            "df.to_parquet('x.parquet')",
            "df.to_parquet('z.parquet')",
            "y = pd.read_parquet('x.parquet')",
        ],
        [0, 1, 2, 4],
    ),
    "folder_made": (
        [
            "import os",
            "os.makedirs('out', exist_ok=True)",
            "with open('out/a.txt', 'w') as f:\n    f.write('5')",
            "y = int(open('out/a.txt').read())",
        ],
        [0, 1, 2, 3],
    ),
    "appended_file": (
        [
            "with open('log.txt', 'w') as f: f.write('a')",
            "with open('log.txt', 'a') as f: f.write('b')",
            "y = open('log.txt').read()",
        ],
        [0, 1, 2],
    ),
    "shell_file": (["!echo 41 > number.txt", "!echo 1 > other.txt", "y = int(open('number.txt').read()) + 1"], [0, 2]),
    "written_module": (
        ["%%writefile helper_a.py\nK = 4\ndef f(x):\n    return x * K", "import helper_a", "y = helper_a.f(2)"],
        [0, 1, 2],
    ),
    "module_on_the_path": (
        [
            "import os, sys",
            "os.makedirs('lib', exist_ok=True)\nwith open('lib/helper_b.py', 'w') as f:\n    f.write('K = 7')",
            "sys.path.append('lib')",
            "n = 3",
            "from helper_b import K",
            "y = K + 1",
        ],
        [0, 1, 2, 4, 5],
    ),
    "run_script": (["%%writefile script_a.py\nvalue = 6\nother = 7", "%run script_a.py", "y = value + 1"], [0, 1, 2]),
    "changed_folder": (
        [
            "import os",
            "os.mkdir('deep')",
            "%cd deep",
            "with open('a.txt', 'w') as f: f.write('1')",
            "y = open('a.txt').read()",
        ],
        [0, 1, 2, 3, 4],
    ),
    "pandas_display_option": (
        ["import pandas as pd", "pd.set_option('display.max_rows', 5)", "x = pd.Series([1, 2]).sum()"],
        [0, 2],
    ),
    "sklearn_output": (
        [
            "import sklearn",
            "from sklearn.preprocessing import StandardScaler",
            "sklearn.set_config(transform_output='pandas')",
            "import pandas as pd",
            "X = pd.DataFrame({'a': [1.0, 2.0]})",
            "y = StandardScaler().fit_transform(X)",
        ],
        [0, 1, 2, 3, 4, 5],
    ),
    "numpy_raises": (
        [
            "import numpy as np",
            "old = np.seterr(all='raise')",
            "try:\n    y = float(np.float64(1) / np.float64(0))\nexcept FloatingPointError:\n    y = -1.0",
        ],
        [0, 1, 2],
    ),
    "decimal_precision": (
        ["from decimal import Decimal, getcontext", "getcontext().prec = 5", "y = Decimal(1) / Decimal(3)"],
        [0, 1, 2],
    ),
    "own_magic": (
        [
            "from IPython.core.magic import register_line_magic",
            "@register_line_magic\ndef twice(line):\n    return int(line) * 2",
            "n = 1",
            "y = get_ipython().run_line_magic('twice', '4')",
        ],
        [0, 1, 3],
    ),
    "loaded_extension": (["%load_ext autoreload", "n = 2", "%autoreload 0\ny = 1"], [0, 2]),
    "filtered_warnings": (["import warnings", "warnings.filterwarnings('ignore')", "y = 1"], [2]),
    "sqlite_file": (
        [
            "import sqlite3",
            "con = sqlite3.connect('a.db')\ncon.execute('create table t (x)')",
            "con.execute('insert into t values (5)')\ncon.commit()",
            "m = 1",
            "y = con.execute('select sum(x) from t').fetchone()[0]",
        ],
        [0, 1, 2, 4],
    ),
    "reloaded_module": (
        [
            "%%writefile helper_c.py\nK = 1",
            "import helper_c",
            "%%writefile helper_c.py\nK = 22",
            "import importlib",
            "importlib.reload(helper_c)",
            "y = helper_c.K",
        ],
        [0, 1, 2, 3, 4, 5],
    ),
    "module_attribute": (
        [
            "%%writefile helper_d.py\nK = 1\ndef f():\n    return K",
            "import helper_d",
            "helper_d.K = 5",
            "y = helper_d.f()",
        ],
        [0, 1, 2, 3],
    ),
    "tqdm_pandas": (
        [
            "import pandas as pd",
            "from tqdm.auto import tqdm",
            "tqdm.pandas()",
            "s = pd.Series([1, 2])",
            "y = s.progress_apply(lambda v: v + 1).sum()",
        ],
        [0, 1, 2, 3, 4],
    ),
}
