import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { ISection, ISections } from './tokens';

/** The sections of the side panel, in order of rank. */
export class Sections implements ISections {
  readonly changed: Signal<ISections, void> = new Signal<ISections, void>(this);
  items: readonly ISection[] = [];

  add(section: ISection): IDisposable {
    if (this.items.some(item => item.id === section.id)) {
      throw new Error(`The section '${section.id}' is there already.`);
    }
    this.set([...this.items, section].sort((a, b) => a.rank - b.rank));
    return new DisposableDelegate(() => this.set(this.items.filter(item => item !== section)));
  }

  private set(items: ISection[]): void {
    this.items = items;
    this.changed.emit();
  }
}
