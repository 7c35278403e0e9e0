import { Api } from '../../api';
import { Live } from '../../models/live';
import { Loader } from '../../models/loader';
import { IComparison } from '../../tokens';

/** Two or more runs side by side. */
export class CompareModel extends Loader {
  comparison: IComparison | null = null;

  constructor(
    private api: Api,
    live: Live,
    readonly refs: readonly string[]
  ) {
    super(live);
  }

  protected async read(): Promise<void> {
    this.comparison = await this.api.compare([...this.refs]);
  }
}
