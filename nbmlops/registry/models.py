"""Register models, move aliases, load them back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from nbmlops.errors import InvalidInput, NbmlopsError, NotFound, did_you_mean
from nbmlops.flavors import get_flavor
from nbmlops.flavors.keeping import describe_features, keep_model, load_model
from nbmlops.flavors.known_answers import with_answers
from nbmlops.flavors.profiles import training_sample
from nbmlops.registry.names import check_alias, check_model_name, parse_spec
from nbmlops.registry.of_this_run import note_own, own_version
from nbmlops.store.features import FeatureStore
from nbmlops.store.models import ModelStore
from nbmlops.store.run_names import resolve_run
from nbmlops.store.run_reader import RunReader

if TYPE_CHECKING:
    from nbmlops.artifacts import ArtifactStore
    from nbmlops.records import ModelVersion
    from nbmlops.store.database import Database


# inside of the class, ``list`` is its method
NameList: TypeAlias = "list[str]"
VersionList: TypeAlias = "list[ModelVersion]"
RowList: TypeAlias = "list[dict[str, Any]]"


class Models:
    """The registered models of a workspace, as ``workspace.models``."""

    def __init__(self, database: Database, blobs: ArtifactStore, user: str | None) -> None:
        self._store = ModelStore(database)
        self._runs = RunReader(database)
        self._blobs = blobs
        self._user = user

    def list(self) -> VersionList:
        """Return every version of every model, by name, newest version first."""
        return self._store.all()

    def show(self, spec: str) -> VersionList:
        """Return the versions of a model (``delay``), or the one that ``delay@3`` or ``delay@champion`` names."""
        name, version, alias = parse_spec(spec)
        if version is None and alias is None:
            return self._store.versions(name)
        return [self.get(spec)]

    def get(self, spec: str) -> ModelVersion:
        """Return one version; a name alone means its newest, in a step of a pipeline run the one that this run made."""
        name, version, alias = parse_spec(spec)
        if version is None and alias is None:
            version = own_version(name)
        if version is not None:
            self._store.versions(name)
            return self._store.get(name, version)
        return self._store.aliased(name, alias) if alias else self._store.versions(name)[0]

    def profile(self, spec: str) -> dict[str, Any] | None:
        """Return the profile of what a version was trained on, as JSON; None where none was captured."""
        version = self.get(spec)
        return self._store.profile(version.name, version.version)

    def names(self) -> NameList:
        """Return names with their aliases and versions, for completion."""
        words = []
        for version in self._store.all():
            words += [version.name, version.spec, *(f"{version.name}@{alias}" for alias in version.aliases)]
        return list(dict.fromkeys(words))

    def register(
        self,
        run: str,
        name: str,
        alias: str | None = None,
        variable: str | None = None,
        *,
        model: Any = None,
        features: Any = None,
    ) -> ModelVersion:
        """Register a model as the next version of a name.

        Parameters
        ----------
        run : str
            The run that fitted it; an empty string where there is none.
        name : str
            The model's name; ``delay@champion`` gives the alias as well.
        alias : str, optional
            Moved to the new version.
        variable : str, optional
            Which of the run's models; needed where it kept several.
        model : object, optional
            The model itself; without it the bytes that the run kept are taken.
        features : frame or array, optional
            What the model takes, for signature and sample rows, where the run does not know it.

        Raises
        ------
        NotFound
            The run kept no model, or none under that variable.
        InvalidInput
            The name cannot be a model's, or no flavor takes the model.
        """
        name, version, also = parse_spec(name)
        check_model_name(name)
        if version is not None:
            raise InvalidInput(
                f"the version of {name!r} is given by the registry.",
                f"Register it as {name} or {name}@champion",
            )
        alias = check_alias(alias) if alias else also
        run_id = resolve_run(self._runs, run) if run else None
        kept, facts = self._kept(run_id, variable, is_given=model is not None) if run_id else (None, {})
        if model is not None:
            written = keep_model(model, self._blobs)
            described = describe_features(features, None, model) if features is not None else {}
            sample = training_sample(features, None) if described else None
            profile = sample.profile() if sample is not None else None
            described |= {"profile": profile} if profile else {}
            facts = with_answers(get_flavor(written.flavor), model, {**facts, **described})
            values = {**vars(written), "facts": facts}
        elif kept is not None:
            variable = kept["name"]
            values = {
                "digest": kept["digest"], "bytes": kept["bytes"], "flavor": facts.pop("flavor"),
                "sha256": facts.pop("sha256"), "facts": facts,
            }  # fmt: skip
            values["facts"] = self._with_answers(values)
        else:
            self._refuse(run_id, run, variable)
        values["facts"]["lineage"] = self._lineage(run_id)
        made = self._store.add_version(name, {**values, "run": run_id, "variable": variable}, alias, self._user)
        note_own(name, made.version)
        return made

    def promote(self, spec: str, alias: str) -> ModelVersion:
        """Move an alias to a version (``delay@3``, or another alias of it).

        Raises
        ------
        NotFound
            No such model or version.
        """
        version = self.get(spec)
        self._store.move_alias(version.name, check_alias(alias), version.version, self._user)
        return self._store.get(version.name, version.version)

    def demote(self, name: str, alias: str) -> ModelVersion:
        """Take an alias away from the version that has it."""
        version = self._store.aliased(parse_spec(name)[0], alias)
        self._store.move_alias(version.name, alias, None, self._user)
        return self._store.get(version.name, version.version)

    def history(self, name: str) -> RowList:
        """Return every change of a model's aliases, newest first."""
        self._store.versions(name)
        return self._store.alias_history(name)

    def load(self, spec: str, *, allow_code: bool = False) -> Any:
        """Load a model back; see `nbmlops.load`."""
        version = self.get(spec)
        return load_model(
            self._blobs,
            version.digest,
            version.flavor,
            verified=self._store.find_digest(version.digest),
            allow_code=allow_code,
        )

    def _kept(
        self, run: str, variable: str | None, *, is_given: bool = False
    ) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        rows = self._runs.database.query(
            "SELECT a.name, a.digest, a.bytes, a.facts, a.run_id FROM artifacts AS a JOIN runs AS r ON r.id = a.run_id "
            "WHERE a.kind = 'model' AND (r.id = ? OR r.parent_id = ?) ORDER BY a.created_at DESC",
            [run, run],
        )
        if variable is not None:
            rows = [row for row in rows if row["name"] == variable]
        if not rows:
            return None, {}
        if len({row["digest"] for row in rows}) > 1 and is_given:
            return None, {}  # which of them is the model that was given cannot be told
        if len({row["digest"] for row in rows}) > 1:
            names = ", ".join(sorted({row["name"] for row in rows}))
            raise InvalidInput(
                f"the run kept several models: {names}.",
                "Say which: nbmlops models register RUN:VARIABLE as NAME",
            )
        return rows[0], json.loads(rows[0]["facts"])

    def _with_answers(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the facts of a kept model with its answers to the sample rows; without them where it does not load."""
        facts: dict[str, Any] = values["facts"]
        if not facts.get("samples"):
            return facts
        try:
            model = load_model(self._blobs, values["digest"], values["flavor"], verified=True)
        except NbmlopsError:
            return facts
        return with_answers(get_flavor(values["flavor"]), model, facts)

    def _refuse(self, run_id: str | None, run: str, variable: str | None) -> NoReturn:
        if run_id is None:
            raise InvalidInput("neither a model nor a run was given.", "%register model as NAME@ALIAS")
        artifacts = [item.name for item in self._runs.detail(run_id).artifacts if item.kind == "model"]
        if variable is not None and artifacts:
            raise NotFound(
                f"run {run!r} kept no model named {variable!r}.",
                did_you_mean(variable, artifacts, f"nbmlops runs show {run}"),
            )
        why = self._runs.not_kept(run_id)
        raise NotFound(
            f"run {run!r} kept no model{f': {why}' if why else ''}.",
            "Register it in the notebook, where the object is: %register model as NAME@ALIAS",
        )

    def _lineage(self, run_id: str | None) -> dict[str, Any]:
        if run_id is None:
            return {}
        run = self._runs.detail(run_id)
        return {
            "run": run.name,
            "experiment": run.experiment,
            "notebook": run.notebook,
            "datasets": [{"name": used.name, "fingerprint": used.fingerprint} for used in run.datasets],
            "features": [
                {"view": view, "training_set": made} for view, made in FeatureStore(self._runs.database).of_run(run_id)
            ],
            "environment": run.environment.get("key"),
            "git": {key: value for key, value in (run.git or {}).items() if key != "diff"} or None,
        }
