import { Api } from '../../api';
import { Live } from '../../models/live';
import { Loader } from '../../models/loader';
import { IModelVersion, IStatus } from '../../tokens';

/** Registered models, each with its versions, newest first. */
export class ModelsModel extends Loader {
  status: IStatus | null = null;
  models: ReadonlyMap<string, readonly IModelVersion[]> = new Map();

  constructor(
    readonly api: Api,
    live: Live
  ) {
    super(live);
  }

  /** Point an alias at a version, and read again. */
  async promote(name: string, version: number, alias: string): Promise<void> {
    await this.api.promote(name, version, alias);
    await this.refresh();
  }

  protected async read(): Promise<void> {
    this.status = await this.api.status();
    const versions = this.status.workspace === null ? [] : await this.api.models();
    const models = new Map<string, IModelVersion[]>();
    for (const version of [...versions].sort((a, b) => b.version - a.version)) {
      models.set(version.name, [...(models.get(version.name) ?? []), version]);
    }
    this.models = new Map([...models].sort(([a], [b]) => a.localeCompare(b)));
  }
}
