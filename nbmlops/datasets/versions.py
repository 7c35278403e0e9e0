"""The data sets of a workspace: saved as recipes, loaded as what they were, compared, listed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from nbmlops.capture.fingerprint import fingerprint
from nbmlops.datasets.comparing import Side, compare, type_word
from nbmlops.datasets.converting import converted
from nbmlops.datasets.folders import FileVersions
from nbmlops.datasets.forms import column_key, layout_text, put_together, shown, take_apart
from nbmlops.datasets.names import check_dataset_name, parse_dataset
from nbmlops.datasets.physical import type_from_text
from nbmlops.datasets.pieces import Pieces
from nbmlops.datasets.queries import run_query
from nbmlops.datasets.reading import Reader
from nbmlops.datasets.recipe import Recipe
from nbmlops.datasets.saving import LOOK_BACK, make_recipe
from nbmlops.datasets.streams import Stream, is_large
from nbmlops.datasets.tabular import is_table, read_table, write_table
from nbmlops.errors import Conflict, InvalidInput, NotFound, did_you_mean
from nbmlops.store.datasets import DatasetStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.artifacts import ArtifactStore
    from nbmlops.datasets.forms import Taken
    from nbmlops.records import DatasetDifference, DatasetVersion
    from nbmlops.store.database import Database

# inside of the class, ``list`` is its method
NameList: TypeAlias = "list[str]"
VersionList: TypeAlias = "list[DatasetVersion]"
RecipeList: TypeAlias = "list[tuple[int, str, str, Recipe]]"

FILE_KINDS = ("file", "folder")


class Datasets:
    """The data sets of a workspace, as ``workspace.datasets``.

    A data set is named ``flights`` (its newest version), ``flights@3`` or ``flights@latest``.
    """

    def __init__(self, database: Database, blobs: ArtifactStore, user: str | None, cache: Path) -> None:
        self._store = DatasetStore(database)
        self._files = FileVersions(database, blobs, self._store, cache)
        self._blobs = blobs
        self._user = user

    def save(
        self,
        data: Any,
        name: str,
        note: str = "",
        *,
        source: str | None = None,
        told: Callable[[int], object] | None = None,
    ) -> DatasetVersion:
        """Save data as the next version of a name; content that the newest version has makes no new one.

        Parameters
        ----------
        data : frame, series, array, table, list of records or path
            A path (`pathlib.Path`) is a file or a folder; see `save_path`.
        name : str
            The data set; made where it is new.
        note : str
            A sentence about this version.
        source : str, optional
            Where the data come from.
        told : callable, optional
            Called with the number of bytes of each piece that has been written.

        Raises
        ------
        InvalidInput
            The name or the data cannot be kept; nothing was saved.
        """
        if isinstance(data, Path):
            return self.save_path(data, name, note, told=told)
        check_dataset_name(name)
        taken = take_apart(data)
        print_ = fingerprint(data)
        if print_ is None or print_.digest is None:
            why = print_.note if print_ is not None else "no digest"
            raise InvalidInput(f"the data cannot be kept: {why}.", "Keep numbers, text, dates or categories.")
        older = self._recipes(name)
        newest = older[0] if older else None
        if newest is not None and newest[1:3] == (print_.digest, print_.order) and _same(newest[3], taken):
            return replace(self._store.get(name, newest[0]), unchanged=True)
        pieces = Pieces(self._blobs, told)
        recipe = make_recipe(taken, [entry[3] for entry in older], pieces, self._blobs)
        values = {
            "kind": print_.kind,
            "fingerprint": print_.digest,
            "order_digest": print_.order,
            "rows": print_.rows,
            "columns": print_.columns,
            "bytes": print_.bytes,
        }
        return self._add(name, values, recipe, pieces, note, source)

    def save_path(
        self,
        path: Path,
        name: str,
        note: str = "",
        *,
        as_file: bool = False,
        told: Callable[[int], object] | None = None,
    ) -> DatasetVersion:
        """Save a file or a folder; a table (csv, parquet, feather, jsonl) as a frame, any other file byte for byte.

        Parameters
        ----------
        path : Path
            What to save.
        name, note, told
            As for `save`.
        as_file : bool
            Keep a table byte for byte too.
        """
        check_dataset_name(name)
        if path.is_file() and is_table(path) and not as_file:
            if is_large(path):
                return self._save_stream(path, name, note, told)
            return self.save(read_table(path), name, note, source=str(path), told=told)
        return self._files.save(path, name, note, self._user, told)

    def _save_stream(self, path: Path, name: str, note: str, told: Callable[[int], object] | None) -> DatasetVersion:
        older = self._recipes(name)
        pieces = Pieces(self._blobs, told)
        stream = Stream(path, older[0][3] if older else None, pieces)
        recipe = stream.save()
        digest, order = stream.digests()
        if older and older[0][1:3] == (digest, order) and layout_text(older[0][3].layout) == layout_text(recipe.layout):
            return replace(self._store.get(name, older[0][0]), unchanged=True)
        values = {
            "kind": "frame",
            "fingerprint": digest,
            "order_digest": order,
            "rows": stream.rows,
            "columns": len(stream.keys),
            "bytes": stream.bytes,
        }
        return self._add(name, values, recipe, pieces, note, str(path))

    def _add(
        self, name: str, values: dict[str, Any], recipe: Recipe, pieces: Pieces, note: str, source: str | None
    ) -> DatasetVersion:
        needed = recipe.blobs()
        if not all(self._blobs.holds(digest) for digest in needed):
            raise Conflict("part of an older version was collected while this one was saved.", "Save it again.")
        values = {**values, "bytes_added": pieces.bytes_added, "note": note, "source": source, "user": self._user}
        return self._store.add_version(name, {**values, "recipe": recipe.to_text()}, needed)

    def save_query(self, sql: str, connection: Any, name: str, note: str = "") -> DatasetVersion:
        """Save what a database answers to a query.

        Parameters
        ----------
        sql : str
            The query; it is noted as the version's source.
        connection : object
            Of sqlite3, DuckDB or SQLAlchemy, or a URL for SQLAlchemy.
        name, note : str
            As for `save`.
        """
        check_dataset_name(name)
        return self.save(run_query(sql, connection), name, note, source=sql)

    def load(self, spec: str, *, columns: Sequence[Any] | None = None, as_: str | None = None) -> Any:
        """Return the data of a version as what was saved; a file or a folder as a path.

        Parameters
        ----------
        spec : str
            ``flights``, ``flights@3`` or ``flights@latest``.
        columns : sequence, optional
            Read only these columns of a frame.
        as_ : {"pandas", "arrow", "polars", "duckdb"}, optional
            Give it as this kind instead.

        Raises
        ------
        NotFound
            No such data set, version or column; the nearest stand in the hint.
        Conflict
            What is kept is damaged.
        """
        version = self.get(spec)
        if version.kind in FILE_KINDS:
            if columns is not None or as_ is not None:
                raise InvalidInput(f"{version.spec} is a {version.kind}, not a frame.", f"nbmlops.dataset({spec!r})")
            return self._files.fetch(version)
        recipe = self._recipe(version)
        try:
            columns_read = Reader(self._blobs).frame(recipe, _chosen(recipe, columns, version.spec))
        except (NotFound, Conflict) as error:
            raise type(error)(
                f"{version.spec} cannot be loaded: {error.message}", "Find what is damaged: nbmlops doctor --verify"
            ) from error
        data = put_together(columns_read, recipe.layout, recipe.rows)
        return data if as_ is None else converted(data, as_)

    def export(self, spec: str, target: Path) -> DatasetVersion:
        """Write a version to a file (csv, tsv, parquet, feather, jsonl by its ending), a kept folder to a folder."""
        version = self.get(spec)
        if version.kind in FILE_KINDS:
            self._files.write(version, target)
        else:
            write_table(converted(self.load(version.spec), "pandas"), target)
        return version

    def diff(self, a: Any, b: Any, *, on: Sequence[str] = ()) -> DatasetDifference:
        """Return what became of ``a`` in ``b``: rows and columns, with statistics.

        Parameters
        ----------
        a, b : str or data
            Versions (``flights@2``), or data themselves.
        on : sequence of str
            Columns that name a row; else rows are known again by place or content.
        """
        return compare(self._side(a), self._side(b), [on] if isinstance(on, str) else on)

    def list(self) -> VersionList:
        """Return the newest version of each data set, by name."""
        return self._store.newest()

    def log(self, name: str) -> VersionList:
        """Return the versions of a data set, newest first."""
        return self._store.versions(parse_dataset(name)[0])

    def show(self, spec: str) -> tuple[DatasetVersion, dict[str, str]]:
        """Return a version, and its columns with their types (of a folder, its files with their sizes)."""
        version = self.get(spec)
        if version.kind in FILE_KINDS:
            files = self._store.files(version.dataset, version.version)
            return version, {path: f"{size:,} bytes" for path, _, size in files}
        recipe = self._recipe(version)
        return version, {
            shown(key): type_word(type_from_text(column.type), column.facts) for key, column in recipe.columns.items()
        }

    def get(self, spec: str) -> DatasetVersion:
        """Return one version; a name alone means its newest."""
        name, version = parse_dataset(spec)
        newest = self._store.versions(name)[0]
        return newest if version is None else self._store.get(name, version)

    def find(self, fingerprint: str) -> VersionList:
        """Return the versions with a content fingerprint, newest first."""
        return self._store.with_fingerprint(fingerprint)

    def names(self) -> NameList:
        """Return names and versions, for completion."""
        return [*self._store.names(), *self._store.specs()]

    def delete(self, spec: str) -> int:
        """Delete a version, or with a name alone the whole data set; `undelete` takes it back. Gives how many."""
        name, version = parse_dataset(spec)
        self._store.versions(name)
        if version is not None or "@" in spec:
            version = self.get(spec).version
        return self._store.mark_deleted(name, version, deleted=True)

    def undelete(self, spec: str) -> int:
        """Take deleted versions back, as long as ``gc --deleted`` has not erased them. Gives how many.

        Raises
        ------
        NotFound
            Nothing of the name was deleted.
        """
        name, version = parse_dataset(spec)
        count = self._store.mark_deleted(name, version, deleted=False)
        if not count:
            raise NotFound(
                f"no version of {name!r} was deleted, or it has been erased.", f"nbmlops datasets log {name}"
            )
        return count

    def purge_deleted(self) -> int:
        """Erase deleted versions for good; their blobs are then ``gc``'s. Gives how many."""
        return self._store.purge_deleted()

    def _side(self, data: Any) -> Side:
        if isinstance(data, str):
            version = self.get(data)
            if version.kind in FILE_KINDS:
                raise InvalidInput(f"{version.spec} is a {version.kind}; only frames can be compared.", "")
            recipe = self._recipe(version)
            return Side(version.spec, Reader(self._blobs).frame(recipe), recipe.rows)
        if isinstance(data, Path):
            return live_side(take_apart(read_table(data)), str(data))
        return live_side(take_apart(data), "data")

    def _recipe(self, version: DatasetVersion) -> Recipe:
        return Recipe.from_text(self._store.recipe(version.dataset, version.version))

    def _recipes(self, name: str) -> RecipeList:
        return [
            (version, digest, order, Recipe.from_text(text))
            for version, kind, digest, order, text in self._store.recipes(name, LOOK_BACK)
            if kind not in FILE_KINDS
        ]


def live_side(taken: Taken, name: str) -> Side:
    """Return data that were taken apart as one side of a comparison."""
    import pyarrow as pa

    def whole(array: Any) -> Any:
        return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])

    columns = {
        key: (
            whole(stored.array),
            stored.facts,
            None if stored.beside is None else (whole(stored.beside.array), stored.beside.facts),
        )
        for key, stored in taken.columns.items()
    }
    return Side(name, columns, taken.rows)


def _same(recipe: Recipe, taken: Taken) -> bool:
    """Tell whether data of the same content are also of the same types, with the same labels and index."""
    return (
        layout_text(recipe.layout) == layout_text(taken.layout)
        and list(recipe.columns) == list(taken.columns)
        and all(recipe.columns[key].facts == stored.facts for key, stored in taken.columns.items())
    )


def _chosen(recipe: Recipe, columns: Sequence[Any] | None, spec: str) -> list[str] | None:
    """Return the keys of some columns and of the index, or None for all."""
    if columns is None:
        return None
    wanted = {column_key(label) for label in ([columns] if isinstance(columns, str) else columns)}
    unknown = sorted(wanted - set(recipe.columns))
    if unknown:
        name = shown(unknown[0])
        there = [shown(key) for key in recipe.columns if key.startswith("c")]
        raise NotFound(f"{spec} has no column {name!r}.", did_you_mean(name, there, ", ".join(there[:20])))
    labels = {key.partition(":")[2] for key in wanted}
    return [key for key in recipe.columns if key.startswith("i") or key.partition(":")[2] in labels]
