"""A step's notebook, read: its cells, what they import, and the digests that tell one state of it from another."""

from __future__ import annotations

import ast
import importlib.util
import sysconfig
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nbmlops.capture.effects import parse
from nbmlops.pipelines.notebooks import read_notebook
from nbmlops.store.runs import cell_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEST_TAG = "test"
# what stands in the environment when a library is imported may decide how it works
_SETS_THE_STAGE = ("environ", "putenv", "%env", "sys.path", "sys.modules", "%pip", "!pip")
_COSTLY = frozenset(
    (
        "pandas numpy scipy sklearn pyarrow polars duckdb plotly matplotlib seaborn statsmodels joblib skops xgboost "
        "lightgbm catboost torch tensorflow jax ibis dask pyspark sqlalchemy networkx nltk spacy transformers PIL cv2 "
        "shap optuna bokeh altair numba xarray h5py"
    ).split()
)


@dataclass(frozen=True)
class StepNotebook:
    """A notebook as a step runs it. ``content`` is its nbformat document."""

    path: Path
    content: Any

    @classmethod
    def read(cls, path: Path) -> StepNotebook:
        """Read a notebook.

        Raises
        ------
        NotFound
            There is no such file.
        InvalidInput
            It is no notebook.
        """
        return cls(path, read_notebook(path).content)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The text of each code cell that a step runs: without cells that are tagged ``test``, those of ``ci``."""
        return tuple(
            cell.source
            for cell in self.content.cells
            if cell.cell_type == "code" and TEST_TAG not in cell.metadata.get("tags", ())
        )

    @property
    def digests(self) -> list[str]:
        """The content address of each code cell."""
        return [cell_digest(code) for code in self.codes]

    @property
    def kernel(self) -> str:
        """The name of the kernel that the notebook asks for."""
        return str(self.content.metadata.get("kernelspec", {}).get("name") or "python3")

    @property
    def is_python(self) -> bool:
        """Whether its language is Python, as far as it says."""
        metadata = self.content.metadata
        language = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
        return (language or "python").lower() == "python"

    def imports(self) -> tuple[str, ...]:
        """Return the modules of costly libraries that it imports, so that a kernel can have them ready.

        Empty where its code first sets what a library may look at when it is imported.
        """
        if not self.is_python or any(word in code for code in self.codes for word in _SETS_THE_STAGE):
            return ()
        found = dict.fromkeys(name for code in self.codes for name in _imported(code))
        return tuple(name for name in found if _is_installed(name))


def _imported(code: str) -> Iterator[str]:
    tree = parse(code)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [node.module]
        else:
            continue
        yield from (name for name in names if name.split(".", 1)[0] in _COSTLY)


def _is_installed(name: str) -> bool:
    """Tell whether a module belongs to an installed library: one of the user's own could shadow its name."""
    try:
        spec = importlib.util.find_spec(name.split(".", 1)[0])
    except (ImportError, ValueError):
        return False
    origin = spec.origin if spec is not None else None
    return bool(origin) and any(str(origin).startswith(sysconfig.get_path(kind)) for kind in ("purelib", "platlib"))
