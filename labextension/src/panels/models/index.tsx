import { ISignal } from '@lumino/signaling';
import { UseSignal } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { modelsIcon } from '../../icons';
import { ISection } from '../../tokens';
import { ModelsBody } from './body';
import { ModelsModel } from './model';

/** The section *Models* of the side panel. */
export class ModelsSection implements ISection {
  readonly id = 'models';
  readonly icon = modelsIcon;
  readonly rank = 20;
  readonly title: string;

  constructor(
    private model: ModelsModel,
    trans: TranslationBundle
  ) {
    this.title = trans.__('Models');
  }

  get count(): number | null {
    return this.model.loaded ? this.model.models.size : null;
  }

  get changed(): ISignal<ModelsModel, void> {
    return this.model.stateChanged;
  }

  activate(): void {
    this.model.wake();
  }

  render(): JSX.Element {
    return <UseSignal signal={this.model.stateChanged}>{() => <ModelsBody model={this.model} />}</UseSignal>;
  }
}
