"""Notebooks about names: bindings, conditions, functions, deletions. Each ends with its tracked cell."""

# ruff: noqa: RUF005 - cells stand as they are typed

CASES = {
    "only_what_is_needed": (["a = 1", "b = 2", "c = a + 1", "print(b)", "d = c * 2"], [0, 2, 4]),
    "display_only_stays_out": (
        ["import pandas as pd", "df = pd.DataFrame({'x': [1, 2, 3]})", "df.head()", "df.describe()", "print(df.shape)"]
        + ["df['x'].mean()", "total = int(df['x'].sum())"],
        [0, 1, 6],
    ),
    "last_of_repeated": ([("a", "x = 1"), ("a", "x = 1"), ("b", "y = x")], [1, 2]),
    "counted_up": (
        [("a", "x = 0"), ("b", "x += 1"), ("b", "x += 1"), ("b", "x += 1"), ("c", "y = x")],
        [0, 1, 2, 3, 4],
    ),
    "reset_and_counted": (
        [("a", "x = 0"), ("b", "x += 1"), ("a", "x = 0"), ("b", "x += 1"), ("c", "y = x")],
        [2, 3, 4],
    ),
    "edited_cell": ([("a", "x = 1"), ("b", "y = x + 1"), ("a", "x = 5"), ("c", "z = y + x")], [0, 1, 2, 3]),
    "late_global_at_call": (["k = 1", "def f(x):\n    return x * k", "k = 10", "unused = 3", "y = f(2)"], [1, 2, 4]),
    "nested_functions": (
        [
            "scale = 3",
            "offset = 1",
            "def inner(x):\n    return x * scale",
            "def outer(x):\n    return inner(x) + offset",
        ]
        + ["other = 5", "def unused():\n    return other", "y = outer(2)"],
        [0, 1, 2, 3, 6],
    ),
    "lambda_is_late": (["k = 2", "f = lambda x: x * k", "k = 5", "y = f(1)"], [1, 2, 3]),
    "defined_and_called_here": (["k = 2", "j = 3", "def f():\n    return k\ny = f()"], [0, 2]),
    "own_assignment_first": (["i = 9", "t = 8", "for i in range(3):\n    t = i * 2\ny = t + i"], [2]),
    "loop_that_did_not_run": (["t = 8", "rows = []", "for t in rows:\n    pass\ny = t"], [0, 1, 2]),
    "branch_not_taken": (["x = 1", "flag = False", "if flag:\n    x = 2", "y = x"], [0, 3]),
    "branch_taken": (["x = 1", "flag = True", "if flag:\n    x = 2", "y = x"], [1, 2, 3]),
    "walrus_and_comprehension": (["n = 3", "x = 7", "y = [x for x in range(n)]", "z = x + len(y)"], [0, 1, 2, 3]),
    "comprehension_scope": (["x = 7", "y = [x for x in range(3)]", "z = x"], [0, 2]),
    "try_and_except": (
        ["try:\n    import nothing_like_this as m\nexcept ImportError:\n    m = None", "e = 4", "y = (m, e)"],
        [0, 1, 2],
    ),
    "tuple_unpacking": (["a, *b = [1, 2, 3]", "a = 5", "y = b"], [0, 2]),
    "match_statement": (
        ["command = ['go', 3]", "match command:\n    case ['go', n]:\n        way = n\n    case _:\n        way = 0"]
        + ["n = 100", "y = way"],
        [0, 1, 3],
    ),
    "global_in_function": (
        ["count = 0", "def bump():\n    global count\n    count += 1", "bump()", "bump()", "y = count"],
        [0, 1, 2, 3, 4],
    ),
    "deleted_name": (["sum = 5", "x = sum + 1", "del sum", "y = sum([1, 2])"], [3]),
    "deletion_matters": (["max, k = (lambda *a: 0), 4", "del max", "y = max(k, 1)"], [0, 1, 2]),
    "exec_and_globals": (
        ["a = 2", "exec('b = a * 2')", "globals()['c'] = b + 1", "noise = 1", "d = globals()['c'] + 1"],
        [0, 1, 2, 4],
    ),
    "globals_by_pattern": (
        ["for i in range(3):\n    globals()[f'part_{i}'] = i", "other = 5"]
        + ["total = sum(globals()[f'part_{i}'] for i in range(3))"],
        [0, 2],
    ),
    "eval_text": (["a = 3", "b = 4", "y = eval('a + 1')"], [0, 2]),
    "import_star": (["from math import *", "import os", "y = sqrt(16)"], [0, 2]),
    "repeated_import": (["import numpy as np", "import numpy as np", "y = float(np.float64(3))"], [1, 2]),
    "submodule_import": (
        ["import xml.dom.minidom", "import xml", "y = xml.dom.minidom.parseString('<a/>').toxml()"],
        [0, 1, 2],
    ),
    "conditional_import": (
        ["try:\n    import ujson_missing as json\nexcept ImportError:\n    import json", "y = json.dumps([1])"],
        [0, 1],
    ),
    "failed_cell_counts": (["x = [1]", "!!x.append(2)\nz = 3\nraise ValueError('no')", "y = x + [z]"], [0, 1, 2]),
    "failed_cell_without_effect": (["x = [1]", "!!x.nothing\nx.append(2)", "y = list(x)"], [0, 2]),
    "output_history": (["2 + 3", "'noise'", "_ * 2 if False else 7", "y = Out[1] + 1"], [0, 3]),
    "numbered_output": (["5 * 5", "1 + 1", "y = _1 + 1"], [0, 2]),
    "last_output": (["5 * 5", "x = 3", "y = _ + 1"], [0, 2]),
    "output_before_last": (["5 * 5", "1 + 1", "y = __ + 1"], [0, 1, 2]),
    "time_and_capture": (
        ["a = 1", "%%time\nb = a + 1", "%%capture out\nprint(b)", "%time c = b + 1", "d = c + len(out.stdout)"],
        [0, 1, 2, 3, 4],
    ),
    "timeit_binds_nothing": (["a = 1", "b = 1", "%%timeit -n1 -r1\na = b + 1", "c = a"], [0, 3]),
    "shell_assignment": (["word = 'hello'", "found = !echo {word}", "noise = !echo 1", "y = found[0]"], [0, 1, 3]),
    "classes_are_late": (
        [
            "rate = 2",
            "class Model:\n    def fit(self, x):\n        self.w = x * rate\n        return self\n"
            "    def show(self):\n        return plots",
            "plots = 5",
            "rate = 3",
            "y = Model().fit(2).w",
        ],
        [1, 3, 4],
    ),
    "class_attribute_counter": (
        ["class C:\n    made = 0\n    def __init__(self):\n        C.made += 1", "a = C()", "b = C()", "n = C.made"],
        [0, 1, 2, 3],
    ),
    "decorators": (
        [
            "import functools",
            "log = []",
            "def noted(f):\n    @functools.wraps(f)\n    def inner(*a):\n        log.append(1)\n"
            "        return f(*a)\n    return inner",
            "@noted\ndef add(a, b):\n    return a + b",
            "add(1, 2)",
            "y = add(2, 3)",
            "n = len(log)",
        ],
        [0, 1, 2, 3, 4, 5, 6],
    ),
    "dataclass": (
        [
            "from dataclasses import dataclass, field",
            "@dataclass\nclass P:\n    x: int\n    tags: list = field(default_factory=list)",
        ]
        + ["p = P(1)", "q = P(2)", "p.tags.append('a')", "q.tags.append('b')", "y = p.tags"],
        [0, 1, 2, 4, 6],
    ),
    "default_argument": (["k = 1", "def f(x, k=k):\n    return x + k", "k = 10", "y = f(1)"], [0, 1, 3]),
    "partial": (
        [
            "from functools import partial",
            "b = 2",
            "def f(a, b):\n    return a + b * c",
            "c = 3",
            "g = partial(f, b=b)",
            "y = g(1)",
        ],
        [0, 1, 2, 3, 4, 5],
    ),
    "async_cell": (
        ["import asyncio", "async def f():\n    await asyncio.sleep(0)\n    return 3", "x = await f()", "y = x"],
        [0, 1, 2, 3],
    ),
}
