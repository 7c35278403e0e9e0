"""What the steps of pipelines came to, as lines of ``nbmlops.lock``: metrics, code and data, one line a fact.

``step PIPELINE STEP code DIGEST``, ``… metric NAME VALUE``, ``… data PATH FINGERPRINT``, ``… rows PATH ROWS``,
``… column PATH NAME TYPE NULLS``. White space in a name is written as in an address (``%20``), so that a line splits
into words. Lines of other kinds, and words behind those that are known, are passed over: a lock of a later
release reads.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from nbmlops.datasets.files import file_fingerprint
from nbmlops.datasets.table_facts import ColumnFacts, TableFacts, table_facts
from nbmlops.errors import NbmlopsError
from nbmlops.store.pipelines import PipelineStore
from nbmlops.store.run_reader import RunReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbmlops.store.database import Database

_INPUTS = "SELECT path, named, fingerprint FROM inputs_read WHERE run_id = ? AND kind = 'file' ORDER BY position"
_SPACE = re.compile(r"[\s%]")
MOST_RUNS = 1000
"""How many pipeline runs are looked at: the newest."""
_LENGTHS = {"code": 5, "metric": 6, "data": 6, "rows": 6, "column": 8}


@dataclass(frozen=True)
class PinnedData:
    """A file that a step read. ``facts`` where it is a table that could be looked into."""

    fingerprint: str
    facts: TableFacts | None = None


@dataclass(frozen=True)
class PinnedStep:
    """What a step came to."""

    pipeline: str
    step: str
    code: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    data: dict[str, PinnedData] = field(default_factory=dict)

    def lines(self) -> set[str]:
        """Return the lines that pin the step."""
        head = f"step {word(self.pipeline)} {word(self.step)}"
        found = {f"{head} metric {word(name)} {value!r}" for name, value in self.metrics.items()}
        if self.code:
            found.add(f"{head} code {self.code}")
        for path, data in self.data.items():
            found.add(f"{head} data {word(path)} {data.fingerprint}")
            if data.facts is not None:
                found.add(f"{head} rows {word(path)} {data.facts.rows}")
                for name, column in data.facts.columns.items():
                    found.add(f"{head} column {word(path)} {word(name)} {word(column.type)} {column.nulls!r}")
        return found


def word(text: str) -> str:
    """Return a name as one word of a line.

    Examples
    --------
    >>> word("dep delay.csv"), word("50%"), word("")
    ('dep%20delay.csv', '50%25', '%')
    """
    return _SPACE.sub(lambda found: quote(found[0]), text) or "%"


def unword(text: str) -> str:
    """Return the name that `word` wrote.

    Examples
    --------
    >>> unword(word("dep delay.csv")), unword(word(""))
    ('dep delay.csv', '')
    """
    return "" if text == "%" else unquote(text)


def read_steps(text: str) -> dict[tuple[str, str], PinnedStep]:
    """Return the steps that a lock file pins, by pipeline and step; what cannot be read of it is passed over.

    Examples
    --------
    >>> read_steps("step monthly train metric auc 0.7421\\nmodel delay@champion version 3 sha256:ab")
    {('monthly', 'train'): PinnedStep(pipeline='monthly', step='train', code='', metrics={'auc': 0.7421}, data={})}
    """
    found: dict[tuple[str, str], PinnedStep] = {}
    tables: dict[tuple[str, str, str], tuple[list[int], dict[str, ColumnFacts]]] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) < 5 or words[0] != "step" or len(words) < _LENGTHS.get(words[3], 99):
            continue
        key = (unword(words[1]), unword(words[2]))
        step = found.get(key) or PinnedStep(*key)
        kind, name = words[3], unword(words[4])
        try:
            if kind == "code":
                found[key] = PinnedStep(*key, words[4], step.metrics, step.data)
                continue
            if kind == "metric":
                step.metrics[name] = float(words[5])
            elif kind == "data":
                step.data[name] = PinnedData(words[5])
            else:
                rows, columns = tables.setdefault((*key, name), ([], {}))
                if kind == "rows":
                    rows.append(int(words[5]))
                else:
                    columns[unword(words[5])] = ColumnFacts(unword(words[6]), float(words[7]))
        except ValueError:
            continue
        found[key] = step
    for (pipeline, name, path), (rows, columns) in tables.items():
        data = found[(pipeline, name)].data
        if path in data and rows:
            data[path] = PinnedData(data[path].fingerprint, TableFacts(rows[0], columns))
    return found


def read_models(text: str) -> dict[str, dict[str, float]]:
    """Return the metrics of the models that a lock file pins, by model and alias.

    Examples
    --------
    >>> read_models("metric delay@champion auc 0.7421\\nmetric delay@champion rows many")
    {'delay@champion': {'auc': 0.7421}}
    """
    found: dict[str, dict[str, float]] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 4 and words[0] == "metric":
            with contextlib.suppress(ValueError):
                found.setdefault(words[1], {})[words[2]] = float(words[3])
    return found


def read_datasets(text: str) -> dict[str, tuple[int, str]]:
    """Return version and fingerprint of the data sets that a lock file pins.

    Examples
    --------
    >>> read_datasets("dataset flights version 3 b3:ab\\ndataset flights version newest b3:cd")
    {'flights': (3, 'b3:ab')}
    """
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 5 and words[0] == "dataset":
            with contextlib.suppress(ValueError):
                found[words[1]] = (int(words[3]), words[4])
    return found


def steps_of_run(database: Database, run: str) -> list[PinnedStep]:
    """Return what the steps of a pipeline run came to, those that missed a gate too; what broke is left out."""
    store = PipelineStore(database)
    noted = store.get(run)
    if noted is None:
        return []
    rows = [row for row in store.steps(run) if row["run_id"]]
    ended = {one.id for one in RunReader(database).by_ids([row["run_id"] for row in rows]) if one.status == "finished"}
    return [_pinned(database, noted["pipeline"], row, Path(noted["folder"])) for row in rows if row["run_id"] in ended]


def newest_steps(database: Database) -> list[PinnedStep]:
    """Return the steps of the newest finished run of each pipeline.

    Notebooks that run without a ``pipeline.yaml`` are taken one by one: the newest run of each that is still there.
    """
    store = PipelineStore(database)
    closed: set[str] = set()
    found: dict[tuple[str, str], PinnedStep] = {}
    for run in store.runs(limit=MOST_RUNS):
        noted = store.get(run)
        if noted is None or noted["pipeline"] in closed:
            continue
        [known] = RunReader(database).by_ids([run])
        if noted["file"] is not None:
            if known.status != "finished":
                continue
            closed.add(noted["pipeline"])
        for row in store.steps(run):
            key = (noted["pipeline"], row["step"])
            is_there = noted["file"] is not None or (Path(noted["folder"]) / row["notebook"]).is_file()
            if row["status"] in ("ran", "cached") and row["run_id"] and key not in found and is_there:
                found[key] = _pinned(database, noted["pipeline"], row, Path(noted["folder"]))
    return list(found.values())


def pinned_lines(database: Database) -> set[str]:
    """Return the lines that pin the steps of all pipelines."""
    return {line for step in newest_steps(database) for line in step.lines()}


def _pinned(database: Database, pipeline: str, row: dict[str, object], folder: Path) -> PinnedStep:
    reader = RunReader(database)
    run = str(row["run_id"])
    runs = [*sorted(reader.child_ids(run)), run]
    metrics: dict[str, float] = {}
    for one in sorted(reader.by_ids(runs), key=lambda each: runs.index(each.id)):
        metrics.update(one.metrics)
    facts = row["facts"] if isinstance(row["facts"], dict) else {}
    return PinnedStep(
        pipeline,
        str(row["step"]),
        _code(facts.get("code", [])),
        dict(sorted(metrics.items())),
        {**_declared(facts.get("declared", {}), folder), **_data(database, runs, folder)},
    )


def _code(digests: Iterable[str]) -> str:
    from blake3 import blake3

    text = "\n".join(digests)
    return f"b3:{blake3(text.encode()).hexdigest()}" if text else ""


def _declared(paths: Mapping[str, str | None], folder: Path) -> dict[str, PinnedData]:
    """Return the inputs that the pipeline's file names: what a native reader or another language reads is not seen."""
    return {
        Path(path).as_posix(): PinnedData(fingerprint, _facts_of(folder / path, fingerprint))
        for path, fingerprint in paths.items()
        if fingerprint
    }


def _data(database: Database, runs: list[str], folder: Path) -> dict[str, PinnedData]:
    """Return the files that runs read, by their path from the folder; one from elsewhere by what the code called it."""
    found: dict[str, PinnedData] = {}
    for run in runs:
        for path, named, fingerprint in database.rows(_INPUTS, [run]):
            if not fingerprint:
                continue
            place = Path(path)
            name = place.relative_to(folder).as_posix() if place.is_relative_to(folder) else named
            if name not in found:
                found[name] = PinnedData(fingerprint, _facts_of(place, fingerprint))
    return found


def _facts_of(path: Path, fingerprint: str) -> TableFacts | None:
    """Return what a file's table is like, where the file still holds what was read."""
    try:
        facts = table_facts(path)
        return facts if facts is not None and file_fingerprint(path)[0] == fingerprint else None
    except (NbmlopsError, OSError):
        return None
