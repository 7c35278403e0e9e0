"""The schema, as numbered steps that are applied on open and never edited after a release.

Tables and views are named for people: any SQLite tool opens ``registry.db``. Times of records are ISO 8601 in UTC;
``metrics.timestamp`` is in milliseconds since 1970, as MLflow has it. A metric that is not a number is NULL in
``value``. Params keep their own type; ``kind`` tells ``true`` from 1 and an empty value from NaN.

``last_metrics`` exists for sorting and filtering many runs: it is settled when a run closes and before a listing, not
at every logged value, since a second table and index in each commit halve the speed of `log` (measured).

Who adds a step counts it in ``schema_version.LATEST``.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("nbmlops")


@migrations()
def m001_create_registry(db: Database) -> None:
    """Make the tables of runs with what they logged, of code and data, of models with versions and aliases."""
    _apply(db, _REGISTRY)


@migrations()
def m002_note_inputs_and_replays(db: Database) -> None:
    """Make the tables of what runs read from outside, and of the replays that proved them or did not."""
    _apply(db, _PROOF)


@migrations()
def m003_create_datasets(db: Database) -> None:
    """Make the tables of data sets with their versions, and of kept files with their chunks."""
    _apply(db, _DATASETS)


@migrations()
def m004_lock_environments(db: Database) -> None:
    """Give environments a place for their lock, a ``pylock.toml``."""
    _apply(db, "ALTER TABLE environments ADD COLUMN lock TEXT")


@migrations()
def m005_create_features(db: Database) -> None:
    """Make the tables of feature views with their versions, of what their frames were, and of training sets."""
    _apply(db, _FEATURES)


@migrations()
def m006_create_pipelines(db: Database) -> None:
    """Make the tables of what runs wrote, and of what the steps of pipeline runs were and became."""
    _apply(db, _PIPELINES)


@migrations()
def m007_create_schedules(db: Database) -> None:
    """Make the tables of events, of schedules with what they started, and of the scheduler that is at work."""
    _apply(db, _SCHEDULES)


@migrations()
def m008_create_monitors(db: Database) -> None:
    """Make the tables of monitors, of what each look found, and of alerts."""
    _apply(db, _MONITORS)


@migrations()
def m009_let_monitors_look_by_themselves(db: Database) -> None:
    """Give schedules a monitor to look with, firings the look they became, looks their cause and what they measured."""
    _apply(db, _LOOKS)


@migrations()
def m010_know_what_was_delivered(db: Database) -> None:
    """Let alerts know whether the addresses were told: who is killed on the way leaves that to the next look."""
    _apply(db, _DELIVERIES)


def _apply(db: Database, statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            db.execute(statement)


_REGISTRY = """
CREATE TABLE workspace (id TEXT NOT NULL, created_at TEXT NOT NULL);

CREATE TABLE experiments (name TEXT PRIMARY KEY, created_at TEXT NOT NULL);

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  parent_id TEXT,
  experiment TEXT NOT NULL REFERENCES experiments(name) ON UPDATE CASCADE,
  base TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  name TEXT GENERATED ALWAYS AS (CASE ordinal WHEN 1 THEN base ELSE base || '·' || ordinal END) VIRTUAL,
  status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'interrupted')),
  started_at TEXT NOT NULL,
  ended_at TEXT,
  duration_s REAL,
  source TEXT NOT NULL DEFAULT 'cell',
  notebook TEXT,
  cell_id TEXT,
  execution_count INTEGER,
  user TEXT,
  host TEXT,
  pid INTEGER,
  process_started REAL,
  boot_id TEXT,
  heartbeat_at TEXT,
  environment_key TEXT,
  verdict TEXT,
  note TEXT NOT NULL DEFAULT '',
  error TEXT,
  starred INTEGER NOT NULL DEFAULT 0,
  archived_at TEXT,
  deleted_at TEXT
);
CREATE UNIQUE INDEX runs_by_name ON runs (base, ordinal);
CREATE INDEX runs_by_experiment ON runs (experiment, id);
CREATE INDEX runs_by_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_that_run ON runs (host) WHERE status = 'running';

CREATE TABLE params (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value,
  kind TEXT NOT NULL,
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;
CREATE INDEX params_by_value ON params (name, value);

CREATE TABLE metrics (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value REAL,
  step INTEGER NOT NULL DEFAULT 0,
  timestamp INTEGER NOT NULL
);
CREATE INDEX metrics_by_run ON metrics (run_id, name, step);

CREATE TABLE last_metrics (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value REAL,
  step INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;
CREATE INDEX last_metrics_by_value ON last_metrics (name, value);

CREATE TABLE metric_directions (
  name TEXT PRIMARY KEY,
  direction TEXT NOT NULL CHECK (direction IN ('higher', 'lower'))
) WITHOUT ROWID;

CREATE TABLE tags (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;
CREATE INDEX tags_by_value ON tags (name, value);

CREATE TABLE cells (digest TEXT PRIMARY KEY, code TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE slices (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  digest TEXT NOT NULL REFERENCES cells(digest),
  execution_count INTEGER,
  cell_id TEXT,
  duration_s REAL,
  generator_states TEXT,
  PRIMARY KEY (run_id, position)
) WITHOUT ROWID;

CREATE TABLE generator_states (digest TEXT PRIMARY KEY, state BLOB NOT NULL);

CREATE TABLE captures (
  run_id TEXT PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  facts TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE environments (key TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE datasets_used (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  source TEXT,
  fingerprint TEXT,
  kind TEXT NOT NULL,
  rows INTEGER,
  columns INTEGER,
  bytes INTEGER,
  note TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;
CREATE INDEX datasets_used_by_fingerprint ON datasets_used (fingerprint);

CREATE TABLE artifacts (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  kind TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}',
  created_at TEXT NOT NULL,
  PRIMARY KEY (run_id, name)
) WITHOUT ROWID;
CREATE INDEX artifacts_by_digest ON artifacts (digest);

CREATE TABLE registered_models (
  name TEXT PRIMARY KEY,
  created_at TEXT NOT NULL,
  last_version INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE model_versions (
  id TEXT PRIMARY KEY,
  model TEXT NOT NULL REFERENCES registered_models(name),
  version INTEGER NOT NULL,
  run_id TEXT,
  variable TEXT,
  flavor TEXT NOT NULL,
  digest TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  facts TEXT NOT NULL,
  user TEXT,
  created_at TEXT NOT NULL,
  deleted_at TEXT,
  UNIQUE (model, version)
) WITHOUT ROWID;
CREATE INDEX model_versions_by_run ON model_versions (run_id);
CREATE INDEX model_versions_by_digest ON model_versions (digest);

CREATE TABLE alias_changes (
  id TEXT PRIMARY KEY,
  model TEXT NOT NULL REFERENCES registered_models(name),
  alias TEXT NOT NULL,
  version INTEGER,
  user TEXT,
  changed_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX alias_changes_by_alias ON alias_changes (model, alias, id);

CREATE VIEW model_aliases AS
  SELECT model, alias, version, changed_at FROM alias_changes AS a
  WHERE version IS NOT NULL
    AND id = (SELECT max(id) FROM alias_changes AS b WHERE b.model = a.model AND b.alias = a.alias);

CREATE VIEW run_summary AS
  SELECT r.id, r.name, r.experiment, r.status, r.started_at, r.duration_s, r.note,
    (SELECT json_group_object(name, value) FROM metrics AS m WHERE run_id = r.id AND rowid = (
      SELECT rowid FROM metrics WHERE run_id = r.id AND name = m.name ORDER BY step DESC, rowid DESC LIMIT 1
    )) AS metrics,
    (SELECT json_group_object(name, value) FROM params WHERE run_id = r.id) AS params,
    (SELECT json_group_object(name, value) FROM tags WHERE run_id = r.id) AS tags
  FROM runs AS r WHERE r.deleted_at IS NULL
"""

_PROOF = """
CREATE TABLE inputs_read (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  named TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('file', 'module', 'package', 'query', 'address')),
  fingerprint TEXT,
  bytes INTEGER,
  modified_at TEXT,
  kept TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, position)
) WITHOUT ROWID;
CREATE INDEX inputs_read_by_fingerprint ON inputs_read (fingerprint);

CREATE TABLE replays (
  id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  verdict TEXT NOT NULL CHECK (verdict IN ('identical', 'equivalent', 'diverged', 'not_replayable')),
  reason TEXT NOT NULL DEFAULT '',
  facts TEXT NOT NULL DEFAULT '{}',
  host TEXT,
  started_at TEXT NOT NULL,
  duration_s REAL
) WITHOUT ROWID;
CREATE INDEX replays_by_run ON replays (run_id, id)
"""

_DATASETS = """
CREATE TABLE datasets (
  name TEXT PRIMARY KEY,
  created_at TEXT NOT NULL,
  last_version INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE dataset_versions (
  id TEXT PRIMARY KEY,
  dataset TEXT NOT NULL REFERENCES datasets(name),
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  order_digest TEXT NOT NULL DEFAULT '',
  rows INTEGER,
  columns INTEGER,
  bytes INTEGER NOT NULL,
  bytes_added INTEGER NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  source TEXT,
  recipe TEXT NOT NULL,
  user TEXT,
  created_at TEXT NOT NULL,
  deleted_at TEXT,
  UNIQUE (dataset, version)
);
CREATE INDEX dataset_versions_by_fingerprint ON dataset_versions (fingerprint);

CREATE TABLE dataset_blobs (
  version_id TEXT NOT NULL REFERENCES dataset_versions(id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  PRIMARY KEY (version_id, digest)
) WITHOUT ROWID;
CREATE INDEX dataset_blobs_by_digest ON dataset_blobs (digest);

CREATE TABLE dataset_files (
  version_id TEXT NOT NULL REFERENCES dataset_versions(id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (version_id, path)
) WITHOUT ROWID;
CREATE INDEX dataset_files_by_fingerprint ON dataset_files (fingerprint);

CREATE TABLE kept_files (
  fingerprint TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  bytes_added INTEGER NOT NULL,
  chunks BLOB NOT NULL,
  created_at TEXT NOT NULL
);

CREATE TABLE packs (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  codec TEXT NOT NULL,
  bytes INTEGER NOT NULL
);

CREATE TABLE chunks (
  digest BLOB PRIMARY KEY,
  pack INTEGER NOT NULL REFERENCES packs(id) ON DELETE CASCADE,
  start INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX chunks_by_pack ON chunks (pack)
"""

_FEATURES = """
CREATE TABLE feature_views (
  name TEXT PRIMARY KEY,
  created_at TEXT NOT NULL,
  last_version INTEGER NOT NULL DEFAULT 0,
  tags TEXT NOT NULL DEFAULT '{}',
  owner TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE TABLE feature_view_versions (
  id TEXT PRIMARY KEY,
  view TEXT NOT NULL REFERENCES feature_views(name),
  version INTEGER NOT NULL,
  digest TEXT NOT NULL,
  definition TEXT NOT NULL,
  preview TEXT NOT NULL DEFAULT '{}',
  user TEXT,
  created_at TEXT NOT NULL,
  deleted_at TEXT,
  UNIQUE (view, version)
) WITHOUT ROWID;

CREATE TABLE feature_source_pins (
  version_id TEXT NOT NULL REFERENCES feature_view_versions(id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  pinned_at TEXT NOT NULL,
  address TEXT NOT NULL,
  PRIMARY KEY (version_id, source, pinned_at)
) WITHOUT ROWID;

CREATE TABLE training_sets (
  id TEXT PRIMARY KEY,
  facts TEXT NOT NULL,
  created_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE training_set_views (
  training_set_id TEXT NOT NULL REFERENCES training_sets(id) ON DELETE CASCADE,
  view TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (training_set_id, view, version)
) WITHOUT ROWID;
CREATE INDEX training_set_views_by_view ON training_set_views (view, version);
CREATE INDEX datasets_used_by_source ON datasets_used (source) WHERE source IS NOT NULL
"""

_PIPELINES = """
CREATE TABLE outputs_written (
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  named TEXT NOT NULL,
  fingerprint TEXT,
  bytes INTEGER,
  kept TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, path)
) WITHOUT ROWID;
CREATE INDEX outputs_written_by_fingerprint ON outputs_written (fingerprint);

CREATE TABLE pipeline_runs (
  run_id TEXT PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  pipeline TEXT NOT NULL,
  file TEXT,
  folder TEXT NOT NULL,
  definition TEXT NOT NULL,
  params TEXT NOT NULL DEFAULT '{}',
  cause TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX pipeline_runs_by_pipeline ON pipeline_runs (pipeline, run_id);

CREATE TABLE step_runs (
  pipeline_run_id TEXT NOT NULL REFERENCES pipeline_runs(run_id) ON DELETE CASCADE,
  step TEXT NOT NULL,
  position INTEGER NOT NULL,
  notebook TEXT NOT NULL,
  needs TEXT NOT NULL DEFAULT '[]',
  action TEXT,
  status TEXT,
  reason TEXT NOT NULL DEFAULT '',
  seconds REAL,
  attempts INTEGER NOT NULL DEFAULT 0,
  run_id TEXT REFERENCES runs(id) ON DELETE SET NULL,
  key TEXT,
  facts TEXT NOT NULL DEFAULT '{}',
  started_at TEXT,
  PRIMARY KEY (pipeline_run_id, step)
) WITHOUT ROWID;
CREATE INDEX step_runs_by_key ON step_runs (key) WHERE key IS NOT NULL;
CREATE INDEX step_runs_by_run ON step_runs (run_id) WHERE run_id IS NOT NULL
"""

_SCHEDULES = """
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  payload TEXT NOT NULL DEFAULT '{}',
  user TEXT,
  at TEXT NOT NULL
);
CREATE INDEX events_by_kind ON events (kind, name, id);

CREATE TABLE schedules (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  file TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  params TEXT NOT NULL DEFAULT '{}',
  kind TEXT NOT NULL,
  facts TEXT NOT NULL,
  since TEXT NOT NULL,
  misfire TEXT NOT NULL CHECK (misfire IN ('latest', 'skip', 'all')),
  enabled INTEGER NOT NULL DEFAULT 1,
  user TEXT,
  created_at TEXT NOT NULL,
  deleted_at TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX schedules_by_name ON schedules (name) WHERE deleted_at IS NULL;

CREATE TABLE schedule_firings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  schedule_id TEXT NOT NULL REFERENCES schedules(id) ON DELETE CASCADE,
  cause TEXT NOT NULL,
  at TEXT NOT NULL,
  words TEXT NOT NULL,
  params TEXT NOT NULL DEFAULT '{}',
  facts TEXT NOT NULL DEFAULT '{}',
  status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'interrupted', 'skipped')),
  started_at TEXT NOT NULL,
  ended_at TEXT,
  attempts INTEGER NOT NULL DEFAULT 1,
  run_id TEXT REFERENCES runs(id) ON DELETE SET NULL,
  error TEXT,
  host TEXT,
  pid INTEGER,
  process_started REAL,
  boot_id TEXT,
  UNIQUE (schedule_id, cause)
);
CREATE INDEX schedule_firings_by_schedule ON schedule_firings (schedule_id, id);
CREATE INDEX schedule_firings_that_run ON schedule_firings (schedule_id) WHERE status = 'running';
CREATE INDEX schedule_firings_by_run ON schedule_firings (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE scheduler (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process_started REAL,
  boot_id TEXT,
  started_at TEXT NOT NULL,
  beat_at TEXT NOT NULL
)
"""

_MONITORS = """
CREATE TABLE monitors (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  facts TEXT NOT NULL,
  muted_until TEXT,
  user TEXT,
  created_at TEXT NOT NULL,
  deleted_at TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX monitors_by_name ON monitors (name) WHERE deleted_at IS NULL;

CREATE TABLE monitor_checks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  monitor_id TEXT NOT NULL REFERENCES monitors(id) ON DELETE CASCADE,
  at TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('quiet', 'warn', 'severe', 'failed')),
  reference TEXT NOT NULL DEFAULT '',
  current TEXT NOT NULL DEFAULT '',
  rows INTEGER NOT NULL DEFAULT 0,
  summary TEXT NOT NULL DEFAULT '',
  columns TEXT NOT NULL DEFAULT '[]',
  drift TEXT
);
CREATE INDEX monitor_checks_by_monitor ON monitor_checks (monitor_id, id);

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  monitor_id TEXT NOT NULL REFERENCES monitors(id) ON DELETE CASCADE,
  check_id INTEGER REFERENCES monitor_checks(id) ON DELETE SET NULL,
  "column" TEXT NOT NULL,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('warn', 'severe')),
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'over')),
  first_at TEXT NOT NULL,
  last_at TEXT NOT NULL,
  times INTEGER NOT NULL DEFAULT 1,
  told_at TEXT,
  acknowledged_by TEXT,
  note TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX alerts_that_go_on ON alerts (monitor_id, "column", kind) WHERE state <> 'over';
CREATE INDEX alerts_by_state ON alerts (state, last_at)
"""

_LOOKS = """
ALTER TABLE schedules ADD COLUMN monitor TEXT;
ALTER TABLE schedule_firings ADD COLUMN check_id INTEGER REFERENCES monitor_checks(id) ON DELETE SET NULL;
ALTER TABLE monitor_checks ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE monitor_checks ADD COLUMN measured TEXT;
CREATE UNIQUE INDEX monitor_checks_by_cause ON monitor_checks (monitor_id, cause) WHERE cause <> '';
CREATE INDEX schedules_of_monitors ON schedules (monitor) WHERE monitor IS NOT NULL
"""

_DELIVERIES = """
ALTER TABLE alerts ADD COLUMN sending_at TEXT;
ALTER TABLE alerts ADD COLUMN delivered_at TEXT;
UPDATE alerts SET delivered_at = told_at
"""
