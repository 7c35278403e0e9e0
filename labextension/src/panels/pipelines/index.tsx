import { ISignal } from '@lumino/signaling';
import { UseSignal } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { pipelinesIcon } from '../../icons';
import { ISection } from '../../tokens';
import { PipelinesBody } from './body';
import { PipelinesModel } from './model';

/** The section *Pipelines* of the side panel. */
export class PipelinesSection implements ISection {
  readonly id = 'pipelines';
  readonly icon = pipelinesIcon;
  readonly rank = 30;
  readonly title: string;

  constructor(
    private model: PipelinesModel,
    trans: TranslationBundle
  ) {
    this.title = trans.__('Pipelines');
  }

  get count(): number | null {
    return this.model.loaded ? this.model.pipelines.length : null;
  }

  get changed(): ISignal<PipelinesModel, void> {
    return this.model.stateChanged;
  }

  activate(): void {
    this.model.wake();
  }

  render(): JSX.Element {
    return <UseSignal signal={this.model.stateChanged}>{() => <PipelinesBody model={this.model} />}</UseSignal>;
  }
}
