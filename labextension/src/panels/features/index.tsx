import { ISignal } from '@lumino/signaling';
import { UseSignal } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { featuresIcon } from '../../icons';
import { ISection } from '../../tokens';
import { FeaturesBody } from './body';
import { FeaturesModel } from './model';

/** The section *Features* of the side panel. */
export class FeaturesSection implements ISection {
  readonly id = 'features';
  readonly icon = featuresIcon;
  readonly rank = 25;
  readonly title: string;

  constructor(
    private model: FeaturesModel,
    trans: TranslationBundle
  ) {
    this.title = trans.__('Features');
  }

  get count(): number | null {
    return this.model.loaded ? this.model.views.length : null;
  }

  get changed(): ISignal<FeaturesModel, void> {
    return this.model.stateChanged;
  }

  activate(): void {
    this.model.wake();
  }

  render(): JSX.Element {
    return <UseSignal signal={this.model.stateChanged}>{() => <FeaturesBody model={this.model} />}</UseSignal>;
  }
}
