/** The only place that talks to the server: one typed function per route, one error class. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { IAlert, IComparison, IFeatureView, IModelVersion, IMonitor, IMonitorCheck, IPipelinePlan, IPipelineRun, IReplay, IRun, IRunDetail, IStatus, Point } from './tokens';

/** The `$id` of the server's event: something in the workspace changed. */
export const EVENT = 'urn:nbmlops:workspace-changed:v1';

const BASE = 'nbmlops/api/v1';

/** Whatever went wrong, as the server says it: what happened and what to do next. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly hint: string,
    readonly status: number
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export interface IRunsQuery {
  filter: string;
  sort: string;
  limit: number;
  archived: boolean;
  offset?: number;
}

/** How a pipeline is run: parameters, every step, or those from one step on. */
export interface IPipelineStart {
  params: Record<string, unknown>;
  force: boolean;
  start: string | null;
}

export type RunsAction = 'star' | 'unstar' | 'archive' | 'unarchive' | 'delete';

export class Api {
  constructor(private settings: ServerConnection.ISettings) {}

  status(): Promise<IStatus> {
    return this.request('status');
  }

  runs(query: IRunsQuery): Promise<{ runs: IRun[]; total: number }> {
    const words = Object.entries(query).map(([key, value]) => [key, String(value)]);
    return this.request('runs', Object.fromEntries(words));
  }

  async words(): Promise<string[]> {
    return (await this.request<{ words: string[] }>('runs/words')).words;
  }

  run(run: string): Promise<IRunDetail> {
    return this.request(`runs/${encodeURIComponent(run)}`);
  }

  async curves(run: string): Promise<Record<string, Point[]>> {
    const path = `runs/${encodeURIComponent(run)}/metrics`;
    return (await this.request<{ metrics: Record<string, Point[]> }>(path)).metrics;
  }

  compare(runs: string[]): Promise<IComparison> {
    return this.request('runs/compare', { runs: runs.join(',') });
  }

  edit(run: string, change: { name?: string; note?: string }): Promise<unknown> {
    return this.request(`runs/${encodeURIComponent(run)}`, {}, 'PATCH', change);
  }

  act(action: RunsAction, runs: string[]): Promise<unknown> {
    return this.request(`runs/${action}`, {}, 'POST', { runs });
  }

  /** Replay a run; takes as long as its cells did. */
  reproduce(run: string, currentData = false): Promise<IReplay> {
    return this.request(`runs/${encodeURIComponent(run)}/reproduce`, {}, 'POST', { current_data: currentData });
  }

  tag(runs: string[], tags: Record<string, string | null>): Promise<unknown> {
    return this.request('runs/tag', {}, 'POST', { runs, tags });
  }

  async models(): Promise<IModelVersion[]> {
    return (await this.request<{ models: IModelVersion[] }>('models')).models;
  }

  register(run: string, name: string, variable: string | null, alias: string | null): Promise<IModelVersion> {
    return this.request('models', {}, 'POST', { run, name, variable, alias });
  }

  promote(name: string, version: number, alias: string): Promise<IModelVersion> {
    return this.request(`models/${encodeURIComponent(name)}/promote`, {}, 'POST', { version, alias });
  }

  async features(): Promise<IFeatureView[]> {
    return (await this.request<{ features: IFeatureView[] }>('features')).features;
  }

  /** The monitors, each with its newest look, and the alerts that go on. */
  monitors(): Promise<{ monitors: IMonitor[]; alerts: IAlert[] }> {
    return this.request('monitors');
  }

  monitor(name: string): Promise<{ monitor: IMonitor; checks: IMonitorCheck[]; alerts: IAlert[] }> {
    return this.request(`monitors/${encodeURIComponent(name)}`);
  }

  runMonitor(name: string): Promise<IMonitorCheck> {
    return this.request(`monitors/${encodeURIComponent(name)}/run`, {}, 'POST', {});
  }

  muteMonitor(name: string, span: string | null): Promise<IMonitor> {
    return this.request(`monitors/${encodeURIComponent(name)}/mute`, {}, 'POST', { span });
  }

  acknowledge(alert: number, note: string): Promise<IAlert> {
    return this.request(`monitors/alerts/${alert}/acknowledge`, {}, 'POST', { note });
  }

  /** The newest run of each pipeline, the files that hold pipelines, and where below the server's folder those of runs are. */
  pipelines(): Promise<{ runs: IPipelineRun[]; files: string[]; below: Record<string, string> }> {
    return this.request('pipelines', { latest: 'true', limit: '200' });
  }

  async pipelineRuns(pipeline: string, limit: number): Promise<IPipelineRun[]> {
    return (await this.request<{ runs: IPipelineRun[] }>('pipelines', { pipeline, limit: String(limit) })).runs;
  }

  pipelineRun(run: string): Promise<IPipelineRun> {
    return this.request(`pipelines/${encodeURIComponent(run)}`);
  }

  planPipeline(file: string): Promise<IPipelinePlan> {
    return this.request('pipelines/plan', {}, 'POST', { file });
  }

  /** Start a pipeline; answers once it is known that it can run, and does not wait for its end. */
  runPipeline(file: string, how: IPipelineStart): Promise<{ pipeline: string; file: string; pid: number }> {
    return this.request('pipelines/run', {}, 'POST', { file, ...how });
  }

  cancelPipeline(run: string): Promise<IPipelineRun> {
    return this.request(`pipelines/${encodeURIComponent(run)}/cancel`, {}, 'POST', {});
  }

  /** The address of an artifact's bytes, for links and pictures. */
  artifactUrl(digest: string): string {
    return URLExt.join(this.settings.baseUrl, BASE, 'artifacts', encodeURIComponent(digest));
  }

  private async request<T>(path: string, query: Record<string, string> = {}, method = 'GET', body?: unknown): Promise<T> {
    const url = URLExt.join(this.settings.baseUrl, BASE, path) + URLExt.objectToQueryString(query);
    const init: RequestInit = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this.settings);
    } catch (error) {
      throw new ApiError('The Jupyter server does not answer.', 'offline', 'Is it still running?', 0);
    }
    const data = await response.json().catch(() => null);
    if (response.ok && data !== null) {
      return data as T;
    }
    throw explain(response.status, data?.error);
  }
}

function explain(status: number, error?: { code: string; message: string; hint: string }): ApiError {
  if (error) {
    return new ApiError(error.message, error.code, error.hint, status);
  }
  if (status === 404) {
    const hint = 'In the environment that runs JupyterLab: pip install nbmlops, then check: jupyter server extension list';
    return new ApiError('This Jupyter server does not have nbmlops.', 'no_extension', hint, status);
  }
  return new ApiError(`The server answered ${status}.`, 'error', "The server's log may say more.", status);
}
