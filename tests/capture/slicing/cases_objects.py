"""Notebooks about objects: changes in place, aliases, views, iterators, models."""

# ruff: noqa: E501, RUF005 - cells stand as they are typed

FRAME = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3], 'b': [4.0, 5.0, 6.0]})"
CASES = {
    "alias_by_name": (["a = [1]", "b = a", "b.append(2)", "c = [0]", "c.append(1)", "y = sum(a)"], [0, 1, 2, 5]),
    "alias_in_container": (
        ["a = [1]", "d = {'k': a}", "e = {}", "d['k'].append(2)", "e['x'] = 1", "y = sum(a)"],
        [0, 1, 3, 5],
    ),
    "alias_by_attribute": (
        [
            "class Box:\n    pass",
            "items = []",
            "box = Box()",
            "box.items = items",
            "box.items.append(3)",
            "box.label = 'x'",
            "y = list(items)",
        ],
        [0, 1, 2, 3, 4, 6],
    ),
    "bound_method": (["xs = []", "add = xs.append", "add(1)", "add(2)", "y = list(xs)"], [0, 1, 2, 3, 4]),
    "closure_state": (
        [
            "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    return step"
        ]
        + ["tick = counter()", "tock = counter()", "tick()", "tock()", "y = tick()"],
        [0, 1, 3, 5],
    ),
    "frame_columns": (
        [FRAME, "df['c'] = df['a'] * 2", "df.head()", "other = df.copy()", "other['z'] = 1", "y = df['c'].sum()"],
        [0, 1, 5],
    ),
    "copy_is_no_alias": ([FRAME, "part = df[df['a'] > 1].copy()", "part['a'] = 0", "y = df['a'].sum()"], [0, 3]),
    "pure_function_on_frame": (
        [
            FRAME,
            "def clean(d):\n    d = d.copy()\n    d['a'] = 0\n    return d",
            "cleaned = clean(df)",
            "y = df['a'].sum()",
        ],
        [0, 3],
    ),
    "impure_function_on_frame": (
        [FRAME, "def clean(d):\n    d['a'] = 0", "clean(df)", "y = df['a'].sum()"],
        [0, 1, 2, 3],
    ),
    "idempotent_again": (
        [FRAME, ("b", "df['c'] = df['a'] * 2"), ("b", "df['c'] = df['a'] * 2"), "y = df['c'].sum()"],
        [0, 1, 3],
    ),
    "frames_in_a_loop": (
        ["import pandas as pd", "train = pd.DataFrame({'x': [1, None]})", "test = pd.DataFrame({'x': [None, 2]})"]
        + ["for d in [train, test]:\n    d['x'] = d['x'].fillna(0)", "train.info()", "y = test['x'].sum()"],
        [0, 1, 2, 3, 5],
    ),
    "numpy_view": (
        ["import numpy as np", "a = np.zeros(4)", "v = a[1:3]", "w = a.copy()", "v[:] = 7", "w[:] = 9", "y = a.sum()"],
        [0, 1, 2, 4, 6],
    ),
    "generator_partly_consumed": (
        ["def gen():\n    yield from range(10)", "g = gen()", "first = next(g)", "h = gen()", "next(h)", "y = next(g)"],
        [0, 1, 2, 5],
    ),
    "iterator": (["it = iter([1, 2, 3])", "a = next(it)", "b = next(it)"], [0, 1, 2]),
    "held_generator": (
        [
            "import numpy as np",
            "rng = np.random.default_rng(7)",
            "a = rng.random()",
            "other = np.random.default_rng(8)",
            "b = other.random()",
            "y = rng.random()",
        ],
        [0, 1, 2, 5],
    ),
    "default_argument_state": (
        ["def f(x, seen=[]):\n    seen.append(x)\n    return len(seen)", "f(1)", "f(2)", "y = f(3)"],
        [0, 1, 2, 3],
    ),
    "cached_function": (
        [
            "from functools import lru_cache",
            "@lru_cache\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)",
            "fib(10)",
            "y = fib(12)",
        ],
        [0, 1, 3],
    ),
    "monkeypatch_class": (
        [
            "class A:\n    def f(self):\n        return 1",
            "a = A()",
            "def g(self):\n    return 2",
            "A.f = g",
            "y = a.f()",
        ],
        [0, 1, 2, 3, 4],
    ),
    "monkeypatch_module": (["import math", "import json", "math.pi = 3", "json.marker = 1", "y = math.pi"], [0, 2, 4]),
    "setattr_and_delattr": (
        ["class A:\n    pass", "a = A()", "setattr(a, 'x', 1)", "b = A()", "setattr(b, 'x', 2)", "y = a.x"],
        [0, 1, 2, 5],
    ),
    "sklearn_fit_elsewhere": (
        [
            "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import LogisticRegression\nfrom sklearn.preprocessing import StandardScaler"
        ]
        + [
            "X, y = load_iris(return_X_y=True)",
            "scaler = StandardScaler()",
            "X2 = scaler.fit_transform(X)",
            "print(X.shape, y.mean())",
        ]
        + [
            "model = LogisticRegression(max_iter=50)",
            "model.fit(X2, y)",
            "other = LogisticRegression().fit(X, y)",
            "model.predict(X2)[:3]",
            "score = model.score(X2, y)",
        ],
        [0, 1, 2, 3, 5, 6, 9],
    ),
    "prediction_does_not_change": (
        [
            "from sklearn.tree import DecisionTreeClassifier",
            "X, y = [[0], [1], [2]], [0, 1, 1]",
            "m = DecisionTreeClassifier(random_state=0).fit(X, y)",
        ]
        + ["def show(model, X):\n    return model.predict(X)", "show(m, X)", "p = m.predict([[1]]).tolist()"],
        [0, 1, 2, 5],
    ),
    "sort_in_place": (["xs = [3, 1, 2]", "ys = sorted(xs)", "xs.sort()", "first = xs[0]"], [0, 2, 3]),
    "dict_update": (
        ["params = {'a': 1}", "defaults = {'b': 2}", "params.update(defaults)", "print(params)", "y = params['b']"],
        [0, 1, 2, 4],
    ),
    "trainer_class": (
        [
            "class Trainer:\n    def __init__(self):\n        self.history = []\n    def step(self, x):\n        self.history.append(x * lr)\n"
            "    def report(self):\n        return len(self.history) * unit",
            "lr = 0.5",
            "unit = 'x'",
            "t = Trainer()",
            "t.step(1)",
            "t.report()",
            "t.step(2)",
            "total = sum(t.history)",
        ],
        [0, 1, 3, 4, 6, 7],
    ),
    "inplace_keyword": (
        [FRAME, "df.drop(columns='b', inplace=True)", "df.rename(columns={'a': 'z'})", "y = list(df.columns)"],
        [0, 1, 3],
    ),
    "query_reads_a_name": ([FRAME, "limit = 2", "other = 5", "y = len(df.query('a >= @limit'))"], [0, 1, 3]),
    "nested_containers": (
        ["cfg = {'a': {'b': [1]}}", "inner = cfg['a']", "inner['b'].append(2)", "y = cfg['a']['b'][-1]"],
        [0, 1, 2, 3],
    ),
    "second_name_of_the_outer": (["a = [[1], 2]", "b = a", "a[0].append(3)", "y = b[0][-1]"], [0, 1, 2, 3]),
    "removed_from_container": (
        ["q = [[1], [2]]", "head = q.pop(0)", "head.append(5)", "y = (len(q), head[-1])"],
        [0, 1, 2, 3],
    ),
    "context_manager": (
        [
            "from contextlib import contextmanager",
            "log = []",
            "@contextmanager\ndef noted(name):\n    log.append(name)\n    yield\n    log.append('end')",
        ]
        + ["with noted('a'):\n    z = 1", "y = len(log)"],
        [0, 1, 2, 3, 4],
    ),
    "property_reads_global": (
        [
            "tax = 0.2",
            "class Item:\n    def __init__(self, p):\n        self.p = p\n    @property\n    def total(self):\n        return self.p * (1 + tax)",
            "i = Item(10)",
            "tax = 0.5",
            "y = i.total",
        ],
        [1, 2, 3, 4],
    ),
    "large_container_beside_a_series": (
        ["import pandas as pd", "rows = {i: [i] for i in range(60_000)}", "s = pd.Series([1.0, 2.0])"]
        + ["s['x'] = 3.0", "s.iloc[0] = 9.0", "y = rows[7][0]"],
        [1, 5],
    ),
    "array_in_a_container_sees_the_frame": (
        [FRAME, "parts = {'b': df['b'].values, 'rows': [[i] for i in range(30_000)]}", "df.loc[0, 'b'] = 9.0"]
        + ["y = parts['b'].sum()"],
        [0, 1, 2, 3],
    ),
}
