import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Event } from '@jupyterlab/services';
import { EVENT } from '../api';

/** Says when to read again: the server saw a commit, or the page comes back after having been hidden. */
export class Live implements IDisposable {
  readonly changed = new Signal<this, void>(this);
  isDisposed = false;

  constructor(private stream: ISignal<Event.IManager, Event.Emission>) {
    stream.connect(this.onEvent, this);
    document.addEventListener('visibilitychange', this.onVisible);
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.isDisposed = true;
    this.stream.disconnect(this.onEvent, this);
    document.removeEventListener('visibilitychange', this.onVisible);
    Signal.clearData(this);
  }

  private onEvent(_: unknown, emission: Event.Emission): void {
    if (emission.schema_id === EVENT) {
      this.changed.emit();
    }
  }

  private onVisible = (): void => {
    if (document.visibilityState === 'visible') {
      this.changed.emit();
    }
  };
}
