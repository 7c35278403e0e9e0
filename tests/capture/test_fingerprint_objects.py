"""Digests of object graphs: models fitted in the same way agree, anything else does not."""

import collections
import json
import os
import socket
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from nbmlops.capture.fingerprint import fingerprint, is_data, object_digest

X = np.random.default_rng(0).normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int)


def models():
    return {
        "forest": RandomForestClassifier(10, random_state=0).fit(X, Y),
        "boosting": HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(X, Y),
        "neighbors": KNeighborsClassifier().fit(X, Y),
        "pipeline": make_pipeline(StandardScaler(), FunctionTransformer(np.abs), LogisticRegression()).fit(X, Y),
        "search": GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3).fit(X, Y),
        "text": TfidfVectorizer().fit(["a fox and a dog", "the lazy dog"]),
    }


def digests():
    return {name: object_digest(model) for name, model in models().items()}


def test_refitted_models_agree_in_other_processes():
    expected = digests()
    assert None not in expected.values()
    assert digests() == expected
    code = "import json, runpy, sys; print(json.dumps(runpy.run_path(sys.argv[1])['digests']()))"
    for seed in ("0", "7"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        command = [sys.executable, "-c", code, __file__]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        assert json.loads(done.stdout) == expected


def test_a_different_seed_or_parameter_differs():
    forests = [RandomForestClassifier(5, random_state=seed).fit(X, Y) for seed in (0, 1)]
    assert object_digest(forests[0]) != object_digest(forests[1])
    assert object_digest(LogisticRegression(C=1.0)) != object_digest(LogisticRegression(C=2.0))
    assert object_digest(LogisticRegression()) != object_digest(LogisticRegression().fit(X, Y))


def test_sharing_does_not_matter_and_cycles_end():
    part = [1, 2]
    assert object_digest([part, part]) == object_digest([[1, 2], [1, 2]])
    a, b = [1], [1]
    a.append(a)
    b.append(b)
    assert object_digest(a) == object_digest(b) is not None
    b.append(2)
    assert object_digest(a) != object_digest(b)
    deep = leaf = []
    for _ in range(60):
        leaf = [leaf, leaf]
    assert object_digest([deep, leaf]) is not None


def test_order_of_dictionaries_and_sets_does_not_matter():
    assert object_digest({"a": 1, "b": 2}) == object_digest({"b": 2, "a": 1})
    assert object_digest({1: "a", "1": "b"}) == object_digest({"1": "b", 1: "a"})
    ordered = collections.OrderedDict
    assert object_digest(ordered(a=1, b=2)) != object_digest(ordered(b=2, a=1))
    assert object_digest([1, 2]) != object_digest((1, 2)) != object_digest([2, 1])
    assert object_digest(collections.defaultdict(list, a=[1])) is not None


def test_user_code_for_comparison_is_never_called():
    class Loud:
        def __init__(self, value):
            self.value = value

        def _refuse(self, *_):
            raise AssertionError

        __eq__ = __hash__ = __repr__ = __str__ = __bool__ = __len__ = _refuse

    assert object_digest(Loud(1)) == object_digest(Loud(1)) != object_digest(Loud(2))
    assert object_digest([Loud(1), {"a": Loud(2)}]) is not None


def test_functions_by_their_code():
    def make(number):
        return lambda value: value + number

    assert object_digest(make(1)) == object_digest(make(1))
    assert object_digest(make(1)) != object_digest(make(2))


@pytest.mark.parametrize("make", [socket.socket, threading.Lock, lambda: (x for x in "a"), sys._getframe])
def test_what_has_no_content(make):
    obj = make()
    assert object_digest(obj) is None
    assert object_digest({"a": [obj]}) is None
    if isinstance(obj, socket.socket):
        obj.close()


def test_budget():
    assert object_digest(np.zeros(1000), budget_bytes=100) is None
    assert object_digest(["a" * 1000], budget_bytes=100) is None
    assert object_digest(pd.DataFrame({"a": np.zeros(1000)}), budget_bytes=100) is None
    assert object_digest(np.zeros(1000), budget_bytes=100_000) == object_digest(np.zeros(1000))


def test_generators_by_their_state():
    a, b = np.random.default_rng(1), np.random.default_rng(1)
    assert object_digest(a) == object_digest(b)
    a.random()
    assert object_digest(a) != object_digest(b)


class Friend:
    def __init__(self, name):
        self.name = name
        self.friends = []


def tangled(last):
    friends = [Friend(number) for number in range(40)]
    for one in friends:
        one.friends = [other for other in friends if other is not one]
    friends[-1].name = last
    return friends


def test_objects_that_all_know_each_other_have_a_digest():
    assert object_digest(tangled(39)) == object_digest(tangled(39)) is not None
    assert object_digest(tangled(39)) != object_digest(tangled(40))
    assert object_digest({frozenset(tangled(39)[:1])}) == object_digest({frozenset(tangled(39)[:1])}) is not None
    many = np.array([*tangled(39), None], dtype=object)
    assert fingerprint(many).digest == fingerprint(np.array([*tangled(39), None], dtype=object)).digest is not None


def test_figures_are_no_content():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 2)
    axes[0, 0].plot([1, 2])
    assert not is_data(axes)
    first = object_digest({"scores": [0.5], "figure": figure, "axes": axes})
    plt.close(figure)
    figure, axes = plt.subplots(2, 2)
    assert object_digest({"scores": [0.5], "figure": figure, "axes": axes}) == first is not None
    assert object_digest({"scores": [0.6], "figure": figure, "axes": axes}) != first
    plt.close(figure)
