import { Api } from '../../api';
import { Live } from '../../models/live';
import { Loader } from '../../models/loader';
import { IFeatureView, IStatus } from '../../tokens';

/** The catalogue of features: views, each in its newest version. */
export class FeaturesModel extends Loader {
  status: IStatus | null = null;
  views: readonly IFeatureView[] = [];

  constructor(
    readonly api: Api,
    live: Live
  ) {
    super(live);
  }

  protected async read(): Promise<void> {
    this.status = await this.api.status();
    const views = this.status.workspace === null ? [] : await this.api.features();
    this.views = [...views].sort((a, b) => a.name.localeCompare(b.name));
  }
}
