"""A dozen kinds of model come back with the same predictions; crafted and foreign files are refused."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import Birch
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from nbmlops.errors import InvalidInput, Untrusted
from nbmlops.flavors import Flavor, flavor_for
from nbmlops.flavors.sklearn import SklearnFlavor

FLAVOR = SklearnFlavor()


def columns():
    numbers = (StandardScaler(), make_column_selector(dtype_include="number"))
    return ColumnTransformer([("n", *numbers), ("c", OneHotEncoder(handle_unknown="ignore"), ["city"])])


ON_ARRAYS = {
    "scaled": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "ufunc": lambda: make_pipeline(FunctionTransformer(np.tanh), LogisticRegression()),
    "forest": lambda: RandomForestClassifier(10, random_state=0),
    "calibrated": lambda: CalibratedClassifierCV(SGDClassifier(random_state=0), cv=2),
    "stacking": lambda: StackingClassifier([("t", DecisionTreeClassifier()), ("l", LogisticRegression())], cv=2),
    "voting": lambda: VotingClassifier([("t", DecisionTreeClassifier()), ("k", KNeighborsClassifier())]),
    "neighbors": lambda: KNeighborsClassifier(algorithm="ball_tree"),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=5, random_state=0),
    "svc": SVC,
    "process": GaussianProcessClassifier,
}
ON_FRAMES = {
    "columns": lambda: make_pipeline(columns(), LogisticRegression()),
    "histogram": lambda: HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype"),
    "search": lambda: GridSearchCV(
        make_pipeline(columns(), DecisionTreeClassifier(random_state=0)),
        {"decisiontreeclassifier__max_depth": [1, 2]},
        cv=StratifiedKFold(2),
        scoring="f1",
    ),
}


def saved(model, tmp_path):
    path = tmp_path / "model.skops"
    FLAVOR.save(model, path)
    return path


@pytest.mark.parametrize("name", [*ON_ARRAYS, *ON_FRAMES])
def test_round_trip(name, rows, frame, target, tmp_path):
    data = rows if name in ON_ARRAYS else frame
    model = {**ON_ARRAYS, **ON_FRAMES}[name]().fit(data, target)
    loaded = FLAVOR.load(saved(model, tmp_path), verified=True)
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(FLAVOR.predict(loaded, data), FLAVOR.predict(model, data))


def test_it_is_a_flavor_and_registered(rows, target):
    assert isinstance(FLAVOR, Flavor)
    assert flavor_for(LogisticRegression()).name == "sklearn"
    assert FLAVOR.matches(RandomForestClassifier())
    assert not FLAVOR.matches(object())
    with pytest.raises(InvalidInput, match=r"no flavor can save a builtins\.dict"):
        flavor_for({})


def test_native_trees_only_from_verified_bytes(rows, target, tmp_path):
    path = saved(DecisionTreeClassifier().fit(rows, target), tmp_path)
    with pytest.raises(Untrusted, match=r"sklearn\.tree\._tree\.Tree.*[\s\S]*allow_code=True"):
        FLAVOR.load(path)
    assert FLAVOR.load(path, verified=True).get_depth() >= 1
    assert FLAVOR.load(path, allow_code=True).get_depth() >= 1
    data_only = saved(make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, target), tmp_path)
    assert FLAVOR.load(data_only) is not None


class Evil:
    def __reduce__(self):
        return print, ("boo",)


def tampered(tmp_path, node):
    """Return a skops file of which one value was replaced by a node of the attacker's choice."""
    original = skops.io.dumps(LogisticRegression(C=2.0))
    path = tmp_path / "evil.skops"
    with zipfile.ZipFile(io.BytesIO(original)) as source, zipfile.ZipFile(path, "w") as goal:
        schema = json.loads(source.read("schema.json"))
        schema["content"]["content"]["C"] = node
        goal.writestr("schema.json", json.dumps(schema))
    return path


TEXT = {
    "__class__": "str",
    "__module__": "builtins",
    "__loader__": "JsonNode",
    "content": '"true"',
    "is_json": True,
}
ARGUMENTS = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": [TEXT]}
ATTACKS = [
    {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"},
    {"__class__": "eval", "__module__": "builtins", "__loader__": "TypeNode"},
    {
        "__class__": "system",
        "__module__": "os",
        "__loader__": "ConstructorFromReduceNode",
        "content": ARGUMENTS,
    },
    {"__class__": "Popen", "__module__": "subprocess", "__loader__": "ObjectNode", "content": None},
    {"__class__": "Unpickler", "__module__": "pickle", "__loader__": "ObjectNode", "content": None},
]


@pytest.mark.parametrize("node", ATTACKS, ids=lambda node: node["__class__"])
@pytest.mark.parametrize("verified", [False, True])
def test_crafted_types_are_refused(node, verified, tmp_path):
    with pytest.raises(Untrusted, match=rf"{node['__module__']}\.{node['__class__']}.*could run code"):
        FLAVOR.load(tampered(tmp_path, node), verified=verified)


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize(
    "content", [pickle.dumps(LogisticRegression()), pickle.dumps(Evil()), b"", b"PK\x03\x04 torn", b"text"]
)
def test_other_files_are_refused(content, verified, tmp_path, capsys):
    path = tmp_path / "model.skops"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="not a skops file"):
        FLAVOR.load(path, verified=verified)
    assert capsys.readouterr().out == ""


def test_nothing_is_unpickled(rows, target, tmp_path, monkeypatch):
    path = saved(RandomForestClassifier(3).fit(rows, target), tmp_path)

    def refuse(*_, **__):
        raise AssertionError("unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    assert FLAVOR.load(path, verified=True).n_features_in_ == 4


def test_damaged_file(rows, target, tmp_path):
    path = saved(LogisticRegression().fit(rows, target), tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InvalidInput, match="damaged"):
        FLAVOR.load(path, verified=True)


def test_classes_of_the_notebook_are_refused(tmp_path, rows):
    local = type("Mine", (BaseEstimator,), {"__module__": "__main__"})
    with pytest.raises(InvalidInput, match=r"__main__\.Mine[\s\S]*import it from there"):
        FLAVOR.save(make_pipeline(StandardScaler(), local()), tmp_path / "model.skops")
    with pytest.raises(InvalidInput, match=r"lambda"):
        FLAVOR.save(FunctionTransformer(lambda values: values), tmp_path / "model.skops")
    assert list(tmp_path.iterdir()) == []


def test_what_skops_cannot_write(tmp_path, rows):
    with pytest.raises(InvalidInput, match="a Birch cannot be saved"):
        FLAVOR.save(Birch().fit(rows), tmp_path / "model.skops")


def test_predict_falls_back_on_transform(rows):
    np.testing.assert_array_equal(FLAVOR.predict(FunctionTransformer(np.abs), rows), np.abs(rows))
    with pytest.raises(InvalidInput, match="neither predict nor transform"):
        FLAVOR.predict(object(), rows)


def test_digest_of_a_network_survives(rows, target, tmp_path):
    model = MLPClassifier((4,), max_iter=300, tol=1.0, random_state=0).fit(rows, target)
    loaded = FLAVOR.load(saved(model, tmp_path), verified=False)
    np.testing.assert_array_equal(loaded.predict_proba(rows), model.predict_proba(rows))
