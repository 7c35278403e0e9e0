"""The feature store of a workspace: views defined, listed and looked at."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.features.catalogue import search_views
from nbmlops.features.checking import check_columns, check_texts, preview_of, run_checks
from nbmlops.features.defining import digest_of, make_definition
from nbmlops.features.engine import open_body
from nbmlops.features.names import parse_view
from nbmlops.features.on_demand import preview_on_demand
from nbmlops.features.online.pushing import pushed_table
from nbmlops.features.online.store import Online
from nbmlops.features.reading import SourceReader
from nbmlops.features.records import Definition, FeatureView, Preview
from nbmlops.store.features import FeatureStore
from nbmlops.store.online import OnlineFile

if TYPE_CHECKING:
    from nbmlops.datasets import Datasets
    from nbmlops.features.defining import Asked
    from nbmlops.store.database import Database

# inside of the class, ``list`` is its method
NameList: TypeAlias = "list[str]"
ViewList: TypeAlias = "list[FeatureView]"


class Views:
    """The feature views of a workspace.

    A view is named ``weather`` (its newest version) or ``weather@3``.
    """

    def __init__(self, database: Database, datasets: Datasets, user: str | None) -> None:
        self._store = FeatureStore(database)
        self._datasets = datasets
        self._user = user
        self._file = OnlineFile(database.path.parent)
        self.reader = SourceReader(datasets, lambda name, first: pushed_table(self._file, name, first))
        self.online = Online(self._file, self.get, self.reader)

    def define(
        self, asked: Asked, *, tags: dict[str, str] | None = None, owner: str = "", description: str = ""
    ) -> FeatureView:
        """Define a view: its body is run and checked, and kept as the next version where it says something new.

        Parameters
        ----------
        asked : Asked
            The definition.
        tags, owner, description
            What the catalogue says of it; they make no new version.

        Returns
        -------
        FeatureView
            ``unchanged`` where the newest version has this definition; else ``users_before`` are the runs and models
            that use the version before.

        Raises
        ------
        InvalidInput
            The body does not run, or its rows break a check; nothing was kept.
        """
        definition = make_definition(asked, self._datasets, self.get)
        with open_body(definition, self.reader) as body:
            if definition.on_demand:
                preview = preview_on_demand(body)
            else:
                check_columns(body)
                definition = replace(definition, checks=check_texts(asked.checks, body))
                body.definition = definition
                preview = preview_of(body)
                run_checks(body)
        version, made = self._store.add_version(
            definition.name,
            digest_of(definition),
            json.dumps(definition.to_json()),
            json.dumps(asdict(preview)),
            self._user,
        )
        self._store.describe(definition.name, tags or {}, owner, description)
        pinned = [(source.name, source.address) for source in definition.sources if source.pinned]
        self._store.pin(definition.name, version, pinned)
        before = self._store.users(definition.name, version - 1) if made is not None else []
        return replace(self.show(f"{definition.name}@{version}"), unchanged=made is None, users_before=tuple(before))

    def get(self, spec: str) -> FeatureView:
        """Return one version of a view; a name alone means its newest.

        Raises
        ------
        NotFound
            There is no such view or version; the nearest stand in the hint.
        """
        name, version = parse_view(spec)
        return self._view(self._store.get(name, version))

    def show(self, spec: str) -> FeatureView:
        """Return one version with the runs and models that use it."""
        view = self.get(spec)
        return replace(view, users=tuple(self._store.users(view.name, view.version)))

    def list(self) -> ViewList:
        """Return the newest version of each view, by name."""
        return [self._view(row) for row in self._store.newest()]

    def log(self, name: str) -> ViewList:
        """Return the versions of a view, newest first."""
        return [self._view(row) for row in self._store.versions(parse_view(name)[0])]

    def search(self, words: str) -> ViewList:
        """Return the newest versions of the views in which all words stand, best match first.

        Raises
        ------
        InvalidInput
            There is no word to look for.
        """
        return search_views(self.list(), words)

    def names(self) -> NameList:
        """Return views and their features, for completion."""
        return [word for view in self.list() for word in (view.name, *(f"{view.name}:{one}" for one in view.features))]

    def delete(self, spec: str) -> int:
        """Delete a version, or with a name alone the whole view; `undelete` takes it back. Gives how many."""
        name, version = parse_view(spec)
        self._store.versions(name)
        if version is not None or "@" in spec:
            version = self.get(spec).version
        return self._store.mark_deleted(name, version, deleted=True)

    def undelete(self, spec: str) -> int:
        """Take deleted versions back. Gives how many.

        Raises
        ------
        NotFound
            Nothing of the name was deleted.
        """
        name, version = parse_view(spec)
        count = self._store.mark_deleted(name, version, deleted=False)
        if not count:
            raise NotFound(
                f"no version of the feature view {name!r} was deleted.", "Views that are there: nbmlops features list"
            )
        return count

    def _view(self, row: dict[str, Any]) -> FeatureView:
        """Return the record of a row; the frames of its notebook are what they were when the cell ran last."""
        definition = Definition.from_json(json.loads(row["definition"]))
        pins = self._store.pins(row["id"])
        sources = tuple(
            replace(source, address=pins.get(source.name, source.address)) if source.pinned else source
            for source in definition.sources
        )
        return FeatureView(
            name=row["name"],
            version=row["version"],
            definition=replace(definition, sources=sources),
            digest=row["digest"],
            created_at=row["created_at"],
            preview=Preview.from_json(json.loads(row["preview"])),
            tags=json.loads(row["tags"]),
            owner=row["owner"],
            description=row["description"],
            user=row["user"],
        )


def chosen_features(view: FeatureView, column: str) -> tuple[str, ...]:
    """Return the features that a name means: one, or all of the view.

    Raises
    ------
    NotFound
        The view has no such feature.
    """
    if not column:
        return view.features
    if column not in view.features:
        from nbmlops.errors import did_you_mean

        hint = did_you_mean(column, view.features, ", ".join(view.features[:20]))
        if column in (*view.definition.entity, view.definition.timestamp, view.definition.created):
            raise InvalidInput(f"{column!r} is a key or a time of {view.spec}, no feature.", hint)
        raise NotFound(f"{view.spec} has no feature {column!r}.", hint)
    return (column,)
