import { Api, ApiError, RunsAction } from '../../api';
import { metricNames } from '../../format';
import { Live } from '../../models/live';
import { Loader } from '../../models/loader';
import { IRun, IStatus } from '../../tokens';

const PAGE = 100;
const MOST = 1000;
const BESTS = 8;

/** How a click on a run changes the selection. */
export type SelectMode = 'only' | 'toggle' | 'range';

/** The run table: which runs, in which order, which are selected. */
export class RunsModel extends Loader {
  status: IStatus | null = null;
  runs: readonly IRun[] = [];
  total = 0;
  filter = '';
  /** Why the last filter could not be read; the rows of the one before stay. */
  filterError: ApiError | null = null;
  sort = '';
  archived = false;
  words: readonly string[] = [];
  /** Per metric, the best value among the runs that match the filter. */
  best: ReadonlyMap<string, number | string> = new Map();
  selection: ReadonlySet<string> = new Set();
  private limit = PAGE;
  private anchor: string | null = null;

  constructor(
    readonly api: Api,
    live: Live
  ) {
    super(live);
  }

  get selected(): IRun[] {
    return this.runs.filter(run => this.selection.has(run.id));
  }

  get hasMore(): boolean {
    return this.runs.length < this.total && this.limit < MOST;
  }

  setFilter(filter: string): Promise<void> {
    this.filter = filter.trim();
    return this.restart();
  }

  setSort(sort: string): Promise<void> {
    this.sort = sort;
    return this.restart();
  }

  setArchived(archived: boolean): Promise<void> {
    this.archived = archived;
    this.selection = new Set();
    return this.restart();
  }

  loadMore(): Promise<void> {
    this.limit = Math.min(this.limit + PAGE, MOST);
    return this.refresh();
  }

  select(id: string, mode: SelectMode): void {
    const next = mode === 'toggle' ? new Set(this.selection) : new Set<string>();
    if (mode === 'range' && this.anchor) {
      const ids = this.runs.map(run => run.id);
      const [a, b] = [ids.indexOf(this.anchor), ids.indexOf(id)].sort((x, y) => x - y);
      ids.slice(Math.max(a, 0), b + 1).forEach(item => next.add(item));
    } else {
      if (!next.delete(id)) {
        next.add(id);
      }
      this.anchor = id;
    }
    this.selection = next;
    this.stateChanged.emit();
  }

  selectAll(all: boolean): void {
    this.selection = new Set(all ? this.runs.map(run => run.id) : []);
    this.stateChanged.emit();
  }

  /** Star, archive or delete runs, by id. */
  async act(action: RunsAction, runs: string[]): Promise<void> {
    await this.api.act(action, runs);
    await this.refresh();
  }

  async loadWords(): Promise<void> {
    this.words = await this.api.words().catch(() => []);
    this.stateChanged.emit();
  }

  protected async read(): Promise<void> {
    this.status = await this.api.status();
    if (this.status.workspace === null) {
      [this.runs, this.total] = [[], 0];
      return;
    }
    const { filter, sort, archived, limit } = this;
    try {
      const page = await this.api.runs({ filter, sort, archived, limit });
      this.filterError = null;
      this.runs = page.runs;
      this.total = page.total;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 422) {
        throw error;
      }
      this.filterError = error;
      return;
    }
    const ids = new Set(this.runs.map(run => run.id));
    this.selection = new Set([...this.selection].filter(id => ids.has(id)));
    await this.readBest();
  }

  /** The server knows which way each metric is better: the first run by that metric is the best one. */
  private async readBest(): Promise<void> {
    const { filter, archived } = this;
    const names = metricNames(this.runs).slice(0, BESTS);
    const best = new Map<string, number | string>();
    if (this.runs.length > 1) {
      const firsts = names.map(sort => this.api.runs({ filter, sort, archived, limit: 1 }).catch(() => null));
      (await Promise.all(firsts)).forEach((page, index) => {
        const run = page?.runs[0];
        if (run && names[index] in run.metrics) {
          best.set(names[index], run.metrics[names[index]]);
        }
      });
    }
    this.best = best;
  }

  private restart(): Promise<void> {
    this.limit = PAGE;
    this.stateChanged.emit();
    return this.refresh();
  }
}
