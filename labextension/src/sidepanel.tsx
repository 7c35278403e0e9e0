import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import React from 'react';
import { IUi, UiProvider } from './components/context';
import { IconButton } from './components/basics';
import { nbmlopsIcon, refreshIcon } from './icons';
import { ISection, ISections } from './tokens';

/** The side panel: its sections one below the other, one of them open. */
export class SidePanel extends ReactWidget {
  private openId = 'runs';
  private opened = new Signal<this, void>(this);

  constructor(
    private sections: ISections,
    private ui: IUi
  ) {
    super();
    this.id = 'nbmlops-panel';
    this.addClass('nbm-panel');
    this.title.icon = nbmlopsIcon;
    this.title.caption = ui.trans.__('nbmlops: runs, models, features and pipelines');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', ui.trans.__('nbmlops'));
  }

  /** Open a section by its id. */
  open(id: string): void {
    this.openId = id;
    this.opened.emit();
    if (this.isVisible) {
      this.wake();
    }
  }

  protected render(): JSX.Element {
    const { trans, commands } = this.ui;
    return (
      <UiProvider value={this.ui}>
        <header className="nbm-panel-header">
          <h2>nbmlops</h2>
          <IconButton icon={refreshIcon} label={trans.__('Read again')} onClick={() => void commands.execute('nbmlops:refresh')} />
        </header>
        <UseSignal signal={this.sections.changed}>
          {() => (
            <UseSignal signal={this.opened}>
              {() => (
                <div className="nbm-sections">
                  {this.sections.items.map(section => (
                    <Section key={section.id} section={section} open={section.id === this.openId} toggle={() => this.open(section.id)} />
                  ))}
                </div>
              )}
            </UseSignal>
          )}
        </UseSignal>
      </UiProvider>
    );
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.wake();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this.wake();
    }
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.sleep();
  }

  protected onBeforeDetach(message: Message): void {
    super.onBeforeDetach(message);
    this.sleep();
  }

  private wake(): void {
    this.sections.items.forEach(section => section.activate());
  }

  private sleep(): void {
    this.sections.items.forEach(section => section.deactivate?.());
  }
}

function Section({ section, open, toggle }: { section: ISection; open: boolean; toggle: () => void }): JSX.Element {
  const id = `nbm-section-${section.id}`;
  return (
    <section className={`nbm-section${open ? ' nbm-mod-open' : ''}`}>
      <h3 className="nbm-section-title">
        <button type="button" aria-expanded={open} aria-controls={id} onClick={toggle}>
          <section.icon.react tag="span" width="16px" height="16px" />
          <span className="nbm-section-name">{section.title}</span>
          <UseSignal signal={section.changed}>
            {() => <span className="nbm-count">{section.count === null ? '' : section.count.toLocaleString('en-US')}</span>}
          </UseSignal>
        </button>
      </h3>
      {open && (
        <div id={id} className="nbm-section-body">
          {section.render()}
        </div>
      )}
    </section>
  );
}
