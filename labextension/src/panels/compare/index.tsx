import { ReactWidget } from '@jupyterlab/ui-components';
import { UseSignal } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import React from 'react';
import { IUi, UiProvider } from '../../components/context';
import { compareIcon } from '../../icons';
import { CompareBody } from './body';
import { CompareModel } from './model';

/** Runs side by side in the main area. */
export class ComparePage extends ReactWidget {
  constructor(
    readonly model: CompareModel,
    private ui: IUi
  ) {
    super();
    this.addClass('nbm-page-widget');
    this.title.icon = compareIcon;
    this.title.label = ui.trans.__('Compare');
    model.stateChanged.connect(() => {
      const names = model.comparison?.runs.map(run => run.name) ?? [];
      this.title.label = names.length ? names.join(' · ') : this.title.label;
      this.title.caption = names.join('\n');
    });
    model.wake();
  }

  dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected render(): JSX.Element {
    return (
      <UiProvider value={this.ui}>
        <UseSignal signal={this.model.stateChanged}>{() => <CompareBody model={this.model} />}</UseSignal>
      </UiProvider>
    );
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.tabIndex = -1;
    this.node.focus();
  }
}
