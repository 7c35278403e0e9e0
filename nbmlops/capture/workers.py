"""Numbers that workers draw: scikit-learn clones an unseeded estimator into processes whose generators nobody noted."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING, Any

from nbmlops.capture.effects import parse
from nbmlops.capture.volatile import called_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nbmlops.capture.cells import ExecutedCell

_IN_WORKERS = frozenset(
    (
        "cross_val_score cross_validate cross_val_predict learning_curve validation_curve permutation_test_score "
        "GridSearchCV RandomizedSearchCV HalvingGridSearchCV HalvingRandomSearchCV RFECV SequentialFeatureSelector "
        "OneVsRestClassifier OneVsOneClassifier MultiOutputClassifier MultiOutputRegressor "
        "VotingClassifier VotingRegressor StackingClassifier StackingRegressor"
    ).split()
)
"""What fits an estimator as it is in each worker; forests and bagging draw their workers' seeds themselves."""
_FOR_ALL = frozenset({"parallel_config", "parallel_backend"})
"""What gives workers to every call in its block that names no number of its own."""

_DRAWS_WHEN: dict[str, tuple[str, tuple[Any, ...]]] = {
    "LogisticRegression": ("solver", ("liblinear", "sag", "saga")),
    "LogisticRegressionCV": ("solver", ("liblinear", "sag", "saga")),
    "Ridge": ("solver", ("sag", "saga")),
    "RidgeClassifier": ("solver", ("sag", "saga")),
    "Lasso": ("selection", ("random",)),
    "LassoCV": ("selection", ("random",)),
    "ElasticNet": ("selection", ("random",)),
    "ElasticNetCV": ("selection", ("random",)),
    "SVC": ("probability", (True,)),
    "NuSVC": ("probability", (True,)),
    "LinearSVR": ("dual", (True,)),
}
"""Estimators that have a ``random_state`` but need it only with some values of a parameter."""


def drawn_in_workers(cells: Iterable[ExecutedCell], namespace: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each unseeded estimator that the cells give to workers.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from nbmlops.capture.cells import ExecutedCell
    >>> cell = ExecutedCell("", "cross_val_score(rf, X, y, n_jobs=2)", execution_count=4)
    >>> drawn_in_workers([cell], {"rf": RandomForestClassifier()})
    ['numbers that the workers of cross_val_score draw in cell [4] are not restored: make rf with random_state=7']
    >>> drawn_in_workers([cell], {"rf": RandomForestClassifier(random_state=7)})
    []
    >>> code = "vote = VotingClassifier([('a', rf), ('b', knn)], n_jobs=2)"
    >>> len(drawn_in_workers([ExecutedCell("", code)], {"rf": RandomForestClassifier()}))
    1
    >>> code = "with parallel_config(n_jobs=2):\\n    cross_val_score(rf, X)\\n    cross_validate(rf, X, n_jobs=1)"
    >>> len(drawn_in_workers([ExecutedCell("", code)], {"rf": RandomForestClassifier()}))
    1
    """
    found: dict[str, None] = {}
    for cell in cells:
        where = f"cell [{cell.execution_count}]" if cell.execution_count is not None else "a cell"
        for name, estimator in _calls_in(cell.transformed):
            if _draws(_value_of(estimator, namespace)):
                made = called_name(estimator) if isinstance(estimator, ast.Call) else ast.unparse(estimator)
                who = f"numbers that the workers of {name} draw in {where}"
                found[f"{who} are not restored: make {made} with random_state=7"] = None
    return list(found)


@functools.lru_cache(maxsize=1024)
def _calls_in(code: str) -> tuple[tuple[str, ast.expr], ...]:
    tree = parse(code)
    return tuple(_calls(tree)) if tree else ()


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the calls that start workers, with each estimator that they are given."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for_all = any(
        called_name(node) in _FOR_ALL and _has_workers(node, unsaid=called_name(node) == "parallel_backend")
        for node in calls
    )
    for node in calls:
        if called_name(node) not in _IN_WORKERS or not _has_workers(node, unsaid=for_all):
            continue
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        given = node.args[0] if node.args else keywords.get("estimator", keywords.get("estimators"))
        if isinstance(given, ast.List | ast.Tuple):  # of pairs: a name, and the estimator
            pairs = [one.elts for one in given.elts if isinstance(one, ast.Tuple | ast.List) and len(one.elts) == 2]
            yield from ((called_name(node), pair[1]) for pair in pairs)
        elif given is not None:
            yield called_name(node), given


def _has_workers(node: ast.Call, *, unsaid: bool) -> bool:
    """Tell whether a call asks for more workers than one; ``unsaid`` is the answer where it does not say."""
    jobs = next((keyword.value for keyword in node.keywords if keyword.arg == "n_jobs"), None)
    if jobs is None or (isinstance(jobs, ast.Constant) and jobs.value is None):
        return unsaid
    return not (isinstance(jobs, ast.Constant) and jobs.value == 1)


def _value_of(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """Return the estimator that a name holds, or the one that a call without arguments of its own makes."""
    if isinstance(node, ast.Name):
        return namespace.get(node.id)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None
    if any(keyword.arg == "random_state" for keyword in node.keywords):
        return None
    kind = namespace.get(node.func.id)
    if not isinstance(kind, type) or not kind.__module__.startswith("sklearn."):
        return None
    given = {one.arg: one.value.value for one in node.keywords if one.arg and isinstance(one.value, ast.Constant)}
    try:
        return kind(**given)
    except Exception:  # noqa: BLE001 - it needs more than constants: then nothing is known of it
        return None


def _draws(estimator: Any) -> bool:
    """Tell whether an estimator, one inside of it, or one of several pairs, draws numbers and has no seed."""
    if type(estimator) is list:
        return any(type(one) is tuple and len(one) == 2 and _draws(one[1]) for one in estimator)
    if not type(estimator).__module__.startswith(("sklearn.", "imblearn.")):
        return False
    try:
        params = estimator.get_params(deep=True)
    except Exception:  # noqa: BLE001 - a stranger's class may do anything
        return False
    for name, value in params.items():
        path, _, last = name.rpartition("__")
        if last != "random_state" or value is not None:
            continue
        owner = params.get(path) if path else estimator
        needed = _DRAWS_WHEN.get(type(owner).__name__)
        if needed is None or getattr(owner, needed[0], None) in needed[1]:
            return True
    return False
