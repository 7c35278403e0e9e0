import { Api } from '../../api';
import { Live } from '../../models/live';
import { Loader } from '../../models/loader';
import { IRunDetail, Point } from '../../tokens';

/** One run with everything that is known of it, and its curves. */
export class DetailModel extends Loader {
  run: IRunDetail | null = null;
  curves: Record<string, Point[]> = {};

  constructor(
    readonly api: Api,
    live: Live,
    readonly ref: string
  ) {
    super(live);
  }

  async setNote(note: string): Promise<void> {
    await this.api.edit(this.run?.id ?? this.ref, { note });
    await this.refresh();
  }

  async toggleStar(): Promise<void> {
    if (this.run) {
      await this.api.act(this.run.starred ? 'unstar' : 'star', [this.run.id]);
      await this.refresh();
    }
  }

  protected async read(): Promise<void> {
    const id = this.run?.id ?? this.ref;
    [this.run, this.curves] = await Promise.all([this.api.run(id), this.api.curves(id)]);
  }
}
