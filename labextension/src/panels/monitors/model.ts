import { Api } from '../../api';
import { Live } from '../../models/live';
import { Loader } from '../../models/loader';
import { IAlert, IMonitor, IMonitorCheck, IStatus } from '../../tokens';

/** What is watched, with the newest look of each, and the alerts that go on. */
export class MonitorsModel extends Loader {
  status: IStatus | null = null;
  monitors: readonly IMonitor[] = [];
  alerts: readonly IAlert[] = [];
  /** Looks of those monitors where somebody looks at them, newest first. */
  readonly looks = new Map<string, readonly IMonitorCheck[]>();
  private running = new Set<string>();

  constructor(
    readonly api: Api,
    live: Live
  ) {
    super(live);
  }

  alertsOf(monitor: IMonitor): readonly IAlert[] {
    return this.alerts.filter(alert => alert.monitor === monitor.name);
  }

  /** Whether a monitor looks right now, since it was asked to. */
  isRunning(monitor: IMonitor): boolean {
    return this.running.has(monitor.name);
  }

  /** Begin or cease to list the looks of a monitor. */
  async listLooks(monitor: IMonitor, listed: boolean): Promise<void> {
    if (listed === this.looks.has(monitor.name)) {
      return;
    }
    if (listed) {
      this.looks.set(monitor.name, []);
      await this.refresh();
    } else {
      this.looks.delete(monitor.name);
      this.stateChanged.emit();
    }
  }

  /** Look once, and read again. */
  async run(name: string): Promise<IMonitorCheck> {
    this.running.add(name);
    this.stateChanged.emit();
    try {
      return await this.api.runMonitor(name);
    } finally {
      this.running.delete(name);
      await this.refresh();
    }
  }

  /** Note that an alert was seen, and read again. */
  async acknowledge(alert: number, note: string): Promise<void> {
    await this.api.acknowledge(alert, note);
    await this.refresh();
  }

  /** Let a monitor tell nobody for a span; let it tell again with null. */
  async mute(name: string, span: string | null): Promise<void> {
    await this.api.muteMonitor(name, span);
    await this.refresh();
  }

  protected async read(): Promise<void> {
    this.status = await this.api.status();
    if (this.status.workspace === null) {
      this.monitors = [];
      this.alerts = [];
      return;
    }
    const found = await this.api.monitors();
    this.monitors = found.monitors;
    this.alerts = found.alerts;
    for (const name of this.looks.keys()) {
      const { checks } = await this.api.monitor(name);
      if (this.looks.has(name)) {
        this.looks.set(name, checks);
      }
    }
  }
}
