import { PathExt } from '@jupyterlab/coreutils';
import { Api, ApiError, IPipelineStart } from '../../api';
import { Live } from '../../models/live';
import { Loader } from '../../models/loader';
import { IPipelineRun, IStatus } from '../../tokens';

const EARLIER = 20;
const START_MS = 60_000;

/** A pipeline: its file as JupyterLab knows it, where that is below the server's folder, and its newest run. */
export interface IPipeline {
  key: string;
  name: string;
  file: string | null;
  run: IPipelineRun | null;
}

/** The pipelines of the workspace and those of files that have not run yet. */
export class PipelinesModel extends Loader {
  status: IStatus | null = null;
  pipelines: readonly IPipeline[] = [];
  /** Earlier runs of those pipelines where somebody looks at them. */
  readonly earlier = new Map<string, readonly IPipelineRun[]>();
  private revealed: string | null = null;
  private below: Record<string, string> = {};
  private shown = new Map<string, IPipelineRun>();
  private starting = new Map<string, { before: string | null; until: number }>();

  constructor(
    readonly api: Api,
    live: Live
  ) {
    super(live);
  }

  /** The run of a pipeline that is looked at: the newest one, unless another was chosen. */
  shownOf(pipeline: IPipeline): IPipelineRun | null {
    return this.shown.get(pipeline.key) ?? pipeline.run;
  }

  /** Look at a run; at the newest one again with null. */
  show(pipeline: IPipeline, run: IPipelineRun | null): void {
    if (run === null || run.id === pipeline.run?.id) {
      this.shown.delete(pipeline.key);
    } else {
      this.shown.set(pipeline.key, run);
    }
    this.stateChanged.emit();
  }

  /** Have a pipeline scrolled into view when it is next drawn. */
  reveal(pipeline: IPipeline): void {
    this.revealed = pipeline.key;
    this.stateChanged.emit();
  }

  /** Whether a pipeline has to be scrolled into view; true once for each time. */
  takeRevealed(pipeline: IPipeline): boolean {
    const found = this.revealed === pipeline.key;
    this.revealed = found ? null : this.revealed;
    return found;
  }

  /** Find the pipeline that a run is of. */
  pipelineOf(run: IPipelineRun): IPipeline | undefined {
    return this.pipelines.find(pipeline => pipeline.key === keyOf(run));
  }

  /** Begin or cease to list the earlier runs of a pipeline. */
  async listEarlier(pipeline: IPipeline, listed: boolean): Promise<void> {
    if (listed === this.earlier.has(pipeline.key)) {
      return;
    }
    if (listed) {
      this.earlier.set(pipeline.key, []);
      await this.refresh();
    } else {
      this.earlier.delete(pipeline.key);
      this.stateChanged.emit();
    }
  }

  /** Whether a file's pipeline was asked to start and has not been seen yet. */
  isStarting(pipeline: IPipeline): boolean {
    return pipeline.file !== null && this.starting.has(pipeline.file);
  }

  /** Start a file's pipeline; resolves to false where nothing is seen of it after a minute. */
  async start(file: string, how: IPipelineStart): Promise<boolean> {
    const there = this.pipelines.find(pipeline => pipeline.file === file);
    this.starting.set(file, { before: there?.run?.id ?? null, until: Date.now() + START_MS });
    if (there) {
      this.shown.delete(there.key);
    }
    this.stateChanged.emit();
    try {
      await this.api.runPipeline(file, how);
    } catch (error) {
      this.starting.delete(file);
      this.stateChanged.emit();
      throw error;
    }
    return this.seen(file);
  }

  /** Ask a run to stop, and read again. */
  async cancel(run: string): Promise<void> {
    await this.api.cancelPipeline(run);
    await this.refresh();
  }

  /** The path of a step's notebook as JupyterLab knows it; null where it is not below the server's folder. */
  notebookOf(run: IPipelineRun, notebook: string): string | null {
    const file = run.file === null ? undefined : this.below[run.file];
    const path = PathExt.normalize(PathExt.join(PathExt.dirname(file ?? ''), notebook));
    return file === undefined || !notebook || path.startsWith('..') ? null : path;
  }

  protected async read(): Promise<void> {
    this.status = await this.api.status();
    const { root, workspace } = this.status;
    const { runs, files, below } = workspace === null ? { runs: [], files: [], below: {} } : await this.api.pipelines();
    this.below = below;
    const known = runs.map((run): IPipeline => ({ key: keyOf(run), name: run.pipeline, file: below[run.file ?? ''] ?? null, run }));
    const ran = new Set(known.map(pipeline => pipeline.file));
    const fresh = files.filter(file => !ran.has(file)).map((file): IPipeline => ({ key: file, name: nameOf(file, root), file, run: null }));
    this.pipelines = [...known, ...fresh].sort((a, b) => a.name.localeCompare(b.name));
    this.forgetStarted();
    await Promise.all([this.readEarlier(), this.readShown()]);
  }

  private async readEarlier(): Promise<void> {
    const listed = this.pipelines.filter(pipeline => this.earlier.has(pipeline.key));
    await Promise.all(
      listed.map(async pipeline => {
        const runs = await this.api.pipelineRuns(pipeline.name, EARLIER);
        if (this.earlier.has(pipeline.key)) {
          this.earlier.set(
            pipeline.key,
            runs.filter(run => keyOf(run) === pipeline.key && run.id !== pipeline.run?.id)
          );
        }
      })
    );
  }

  /** A chosen run may still go on, or may have been deleted. */
  private async readShown(): Promise<void> {
    for (const [key, run] of [...this.shown]) {
      try {
        this.shown.set(key, run.status === 'running' ? await this.api.pipelineRun(run.id ?? '') : run);
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 404)) {
          throw error;
        }
        this.shown.delete(key);
      }
    }
  }

  private forgetStarted(): void {
    for (const { file, run } of this.pipelines) {
      if (file !== null && run && this.starting.has(file) && run.id !== this.starting.get(file)?.before) {
        this.starting.delete(file);
      }
    }
  }

  private async seen(file: string): Promise<boolean> {
    const asked = this.starting.get(file);
    while (asked && this.starting.get(file) === asked) {
      if (this.isDisposed || Date.now() > asked.until) {
        this.starting.delete(file);
        this.stateChanged.emit();
        return false;
      }
      await new Promise(resolve => setTimeout(resolve, 1_000));
      await this.refresh();
    }
    return true;
  }
}

function keyOf(run: IPipelineRun): string {
  return run.file ?? run.pipeline;
}

/** A file that has not run is called as its folder is, as its pipeline may be. */
function nameOf(file: string, root: string): string {
  return PathExt.basename(PathExt.dirname(file)) || PathExt.basename(root.replace(/\\/g, '/'));
}
