/** The records of the REST routes, in the words of the Python package, and the tokens of the plugins. No code. */

import { IDisposable } from '@lumino/disposable';
import { ISignal } from '@lumino/signaling';
import { Token } from '@lumino/coreutils';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { ReactElement } from 'react';

export type Status = 'running' | 'finished' | 'failed' | 'interrupted';
/** JSON has no NaN: the server writes the words `nan`, `inf` and `-inf`. */
export type Value = string | number | boolean | null;

export interface IRun {
  id: string;
  name: string;
  experiment: string;
  status: Status;
  started_at: string;
  parent: string | null;
  duration_s: number | null;
  params: Record<string, Value>;
  metrics: Record<string, number | string>;
  tags: Record<string, string>;
  verdict: string | null;
  starred: boolean;
  archived: boolean;
  note: string;
  error: string | null;
  notebook: string | null;
  data: string[];
}

export interface IDataset {
  name: string;
  source: string | null;
  fingerprint: string | null;
  rows: number | null;
  columns: number | null;
  bytes: number | null;
  kind: string;
  note: string;
}

export interface ISliceCell {
  code: string;
  execution_count: number | null;
  cell_id: string | null;
  duration_s: number | null;
}

export interface IArtifact {
  name: string;
  digest: string;
  bytes: number;
  media_type: string;
  kind: string;
}

/** What the run read from outside; `kept` is `kept`, or the reason why not. */
export interface IInput {
  path: string;
  named: string;
  kind: string;
  fingerprint: string | null;
  bytes: number | null;
  kept: string;
}

/** A run that was replayed, and what came of it. */
export interface IReplay {
  run: string;
  name: string;
  verdict: string;
  factors: { factor: string; detail: string }[];
  metrics: Record<string, { recorded: Value; replayed: Value }>;
  values: Record<string, { recorded: unknown; replayed: unknown }>;
  reason: string;
  duration_s: number;
  differs: string[];
  compared: number;
  refused: string[];
  contained: boolean;
  open_gaps: string[];
  assumptions: { text: string; message: string; ok: boolean }[];
  started_at: string;
}

export interface IRunDetail extends IRun {
  code: string;
  slice: ISliceCell[];
  datasets: IDataset[];
  environment: Record<string, unknown>;
  git: Record<string, unknown> | null;
  randomness: Record<string, unknown>;
  hardware: Record<string, unknown>;
  assumptions: { text: string; message: string; cell: number | null; ok: boolean }[];
  inputs: IInput[];
  proof: IReplay | null;
  artifacts: IArtifact[];
  warnings: string[];
  values: Record<string, unknown>;
  models: string[];
  children: string[];
  user: string | null;
  host: string | null;
  cell_id: string | null;
  execution_count: number | null;
}

export interface IDifference {
  name: string;
  values: unknown[];
  best: number | null;
  direction: 'higher' | 'lower' | null;
}

/** A point of a curve: step, value and, where known, milliseconds since 1970. */
export type Point = [number, number | string, number?];

export interface IComparison {
  runs: IRunDetail[];
  metrics: IDifference[];
  params: IDifference[];
  data: IDifference[];
  environment: IDifference[];
  code: { a: string; b: string; diff: string }[];
  curves: Record<string, Point[][]>;
  same: Record<string, number>;
}

export interface IModelVersion {
  name: string;
  version: number;
  run: string | null;
  created_at: string;
  sha256: string;
  flavor: string;
  aliases: string[];
  metrics: Record<string, number | string>;
  bytes: number;
  user: string | null;
}

export type StepStatus = 'running' | 'ran' | 'cached' | 'failed' | 'skipped' | 'interrupted';

/** One step of a pipeline run; in a plan its `status` is null. */
export interface IStepRun {
  step: string;
  needs: string[];
  action: 'run' | 'cached' | null;
  status: StepStatus | null;
  seconds: number | null;
  reason: string;
  run: string | null;
  notebook: string;
  run_name: string | null;
  attempts: number;
  metrics: Record<string, number | string> | null;
  gates: { gate: string; holds: boolean; detail: string }[];
  started_at: string | null;
}

export interface IPipelineRun {
  pipeline: string;
  status: Status | 'planned';
  steps: IStepRun[];
  id: string | null;
  name: string | null;
  started_at: string | null;
  duration_s: number | null;
  /** Where its file is on the server's machine. */
  file: string | null;
  params: Record<string, unknown> | null;
  cause: string;
  error: string | null;
}

/** A parameter that notebooks of a pipeline declare; `value` is what it is otherwise, in JSON. */
export interface IPipelineParameter {
  name: string;
  steps: string[];
  kind: string;
  value: string;
}

export interface IPipelinePlan extends IPipelineRun {
  parameters: IPipelineParameter[];
}

/** One look of a monitor. */
export interface IMonitorCheck {
  id: number;
  monitor: string;
  at: string;
  outcome: 'quiet' | 'warn' | 'severe' | 'failed';
  reference: string;
  current: string;
  rows: number;
  summary: string;
  columns: string[];
}

/** What is watched: `source` is empty where each look is handed its data. */
export interface IMonitor {
  name: string;
  reference: string;
  source: string;
  /** When it looks by itself, in words; empty where it waits to be asked. */
  when: string;
  next: string | null;
  muted_until: string | null;
  last: IMonitorCheck | null;
}

/** Something that a monitor found, as long as it goes on. */
export interface IAlert {
  id: number;
  monitor: string;
  severity: 'warn' | 'severe';
  reason: string;
  state: 'open' | 'acknowledged' | 'over';
  acknowledged_by: string | null;
  note: string;
}

/** One feature of a view: `null_share` of its rows have no value, `low` and `high` bound the others. */
export interface IFeatureColumn {
  name: string;
  type: string;
  null_share: number | null;
  low: string | null;
  high: string | null;
}

/** A feature view in its newest version, as it was when it was last looked at. */
export interface IFeatureView {
  name: string;
  version: number;
  entity: string[];
  timestamp: string;
  ttl: string | null;
  sources: { name: string; kind: string; address: string }[];
  checks: string[];
  rows: number;
  entities: number;
  first: string | null;
  last: string | null;
  columns: IFeatureColumn[];
  owner: string;
  description: string;
  created_at: string;
  users: string[];
}

export interface IStatus {
  workspace: string | null;
  /** The folder that the server shows. */
  root: string;
  hint: string;
  version: string;
}

/** One section of the side panel. Other plugins may add theirs. */
export interface ISection {
  readonly id: string;
  readonly title: string;
  readonly icon: LabIcon;
  readonly rank: number;
  /** What stands beside the title; null while it is not known. */
  readonly count: number | null;
  /** Emitted when the count changed. */
  readonly changed: ISignal<unknown, unknown>;
  /** Called when the section is opened or becomes visible. */
  activate(): void;
  /** Called when the panel is hidden: nobody looks any more. */
  deactivate?(): void;
  render(): ReactElement;
}

export interface ISections {
  readonly changed: ISignal<ISections, void>;
  readonly items: readonly ISection[];
  add(section: ISection): IDisposable;
}

export const ISections = new Token<ISections>('nbmlops:ISections', 'The sections of the nbmlops side panel.');
