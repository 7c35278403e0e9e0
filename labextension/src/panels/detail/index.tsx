import { ReactWidget } from '@jupyterlab/ui-components';
import { UseSignal } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import React from 'react';
import { IUi, UiProvider } from '../../components/context';
import { runsIcon } from '../../icons';
import { DetailBody } from './body';
import { DetailModel } from './model';

/** One run in the main area. */
export class DetailPage extends ReactWidget {
  constructor(
    readonly model: DetailModel,
    private ui: IUi
  ) {
    super();
    this.addClass('nbm-page-widget');
    this.title.icon = runsIcon;
    this.title.label = ui.trans.__('Run');
    model.stateChanged.connect(() => {
      this.title.label = model.run?.name ?? this.title.label;
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
        <UseSignal signal={this.model.stateChanged}>{() => <DetailBody model={this.model} />}</UseSignal>
      </UiProvider>
    );
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.tabIndex = -1;
    this.node.focus();
  }
}
