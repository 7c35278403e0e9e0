"""A notebook's file as a pipeline needs it: its code cells, its language, and the parameters that it declares."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.slicing.magics_text import parse
from nbmlops.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    import os

PARAMETERS = "parameters"
"""The tag of the cell whose names papermill gives other values."""

_WORDS = {"TRUE": True, "FALSE": False, "true": True, "false": False, "NULL": None, "NA": None, "nothing": None}
_ASSIGNED = re.compile(r"^(?:val |var |let |const )?([A-Za-z.][\w.]*)\s*(?:<-|:=|=)\s*(.+?);?$", re.MULTILINE)
_UNKNOWN = object()


@dataclass(frozen=True)
class Parameter:
    """A name that a notebook lets its caller set.

    ``kind`` is the type as the notebook says it, empty where it does not. ``default`` is its value there, where that is
    a literal; ``has_default`` tells whether it is.
    """

    name: str
    kind: str = ""
    default: Any = None
    has_default: bool = False


@dataclass(frozen=True)
class Cell:
    """A code cell: what it says, and where it stands among all cells of the notebook, counted from 1."""

    source: str
    position: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotebookFile:
    """A notebook as it is saved. ``content`` is its nbformat document."""

    path: Path
    language: str
    cells: tuple[Cell, ...]
    parameters: dict[str, Parameter] = field(default_factory=dict)
    content: Any = field(default=None, compare=False, repr=False)


def read_notebook(path: str | os.PathLike[str]) -> NotebookFile:
    """Read a notebook's file.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        It is no notebook.

    Examples
    --------
    >>> import nbformat, tempfile
    >>> notebook = nbformat.v4.new_notebook()
    >>> notebook.cells = [nbformat.v4.new_code_cell("depth = 3  # levels", metadata={"tags": ["parameters"]})]
    >>> with tempfile.NamedTemporaryFile("w", suffix=".ipynb") as file:
    ...     nbformat.write(notebook, file.name)
    ...     read_notebook(file.name).parameters
    {'depth': Parameter(name='depth', kind='', default=3, has_default=True)}
    """
    import nbformat

    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFound(f"there is no notebook {path}.", "Paths start from the folder of pipeline.yaml.") from error
    except (UnicodeDecodeError, OSError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.", "A step is a Jupyter notebook.") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old notebooks whose cells have no ids yet
            notebook = nbformat.reads(text, as_version=4)
        cells = tuple(
            Cell(str(cell.source), position, tuple(cell.metadata.get("tags", ())))
            for position, cell in enumerate(notebook.cells, 1)
            if cell.cell_type == "code"
        )
        language = _language(notebook.metadata)
    except Exception as error:  # nbformat raises whatever its parts raise
        raise InvalidInput(f"{path} is no notebook: {_first_line(error)}.", "A step is a Jupyter notebook.") from error
    tagged = next((cell.source for cell in cells if PARAMETERS in cell.tags), None)
    declared = {} if tagged is None else declared_in(tagged, language)
    return NotebookFile(file, language, cells, declared, notebook)


def declared_in(code: str, language: str = "python") -> dict[str, Parameter]:
    """Return what a parameters cell declares.

    Examples
    --------
    >>> declared_in("month: str = '2013-06'")["month"]
    Parameter(name='month', kind='str', default='2013-06', has_default=True)
    >>> declared_in("max.depth <- 3L", "R")["max.depth"].default
    3
    """
    if language.lower() not in ("python", ""):
        return _declared_elsewhere(code)
    tree = parse(code)
    types = _papermill_types(code)
    found: dict[str, Parameter] = {}
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            kind = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
            for target in targets:
                if isinstance(target, ast.Name):
                    value = _literal(node.value)
                    known = value is not _UNKNOWN
                    kind = kind or types.get(target.id, "")
                    found[target.id] = Parameter(target.id, kind, value if known else None, known)
    for name, kind in types.items():
        found.setdefault(name, Parameter(name, kind))
    return found


def _papermill_types(code: str) -> dict[str, str]:
    """Return the names that papermill finds in a Python cell, with their types: it reads type comments, too.

    It goes by lines, so that it misses what has a second ``=`` in its line; the syntax tree has that.
    """
    import logging

    from papermill.translators import PythonTranslator

    logger = logging.getLogger("papermill.translators")
    was, logger.disabled = logger.disabled, True
    try:
        found = PythonTranslator.inspect({"source": code})
    finally:
        logger.disabled = was
    return {one.name: "" if one.inferred_type_name == "None" else one.inferred_type_name for one in found}


def _declared_elsewhere(code: str) -> dict[str, Parameter]:
    """Return the assignments of a cell in R, Julia, Scala and their like: papermill has no inspection for these."""
    found = {}
    for name, text in _ASSIGNED.findall(code):
        value = _literal_word(text.partition("#")[0].strip() if not text.startswith(("'", '"')) else text.strip())
        known = value is not _UNKNOWN
        found[name] = Parameter(name, "", value if known else None, known)
    return found


def _literal(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node is not None else _UNKNOWN
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _UNKNOWN


def _literal_word(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    try:
        return ast.literal_eval(re.sub(r"^(-?\d+)L$", r"\1", text))
    except (ValueError, SyntaxError):
        return _UNKNOWN


def _language(metadata: Any) -> str:
    named = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
    return str(named or "python")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
