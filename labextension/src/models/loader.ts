import { VDomModel } from '@jupyterlab/ui-components';
import { ApiError } from '../api';
import { Live } from './live';

/** What all panels do alike: read when asked and when the workspace changed, one request at a time, the newest wins. */
export abstract class Loader extends VDomModel {
  error: ApiError | null = null;
  loaded = false;
  private reading: Promise<void> | null = null;
  private again = false;
  private awake = false;
  private stale = true;

  constructor(protected live: Live) {
    super();
    live.changed.connect(this.onChanged, this);
  }

  /** Read now if anything may have changed, and keep up from now on. */
  wake(): void {
    this.awake = true;
    if (this.stale) {
      void this.refresh();
    }
  }

  /** Stop reading until somebody looks again. */
  sleep(): void {
    this.awake = false;
  }

  /** Whether somebody looks. */
  get isAwake(): boolean {
    return this.awake;
  }

  refresh(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return this.reading;
    }
    this.reading = this.readAll().finally(() => (this.reading = null));
    return this.reading;
  }

  dispose(): void {
    this.live.changed.disconnect(this.onChanged, this);
    super.dispose();
  }

  /** Ask the server and keep what it says; throws an `ApiError`. */
  protected abstract read(): Promise<void>;

  private async readAll(): Promise<void> {
    do {
      this.again = false;
      this.stale = false;
      try {
        await this.read();
        this.error = null;
        this.loaded = true;
      } catch (error) {
        this.error = error instanceof ApiError ? error : new ApiError(String(error), 'error', '', 0);
      }
    } while (this.again && !this.isDisposed);
    if (!this.isDisposed) {
      this.stateChanged.emit();
    }
  }

  private onChanged(): void {
    this.stale = true;
    if (this.awake) {
      void this.refresh();
    }
  }
}
