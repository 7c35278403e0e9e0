import { ISignal } from '@lumino/signaling';
import { UseSignal } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { runsIcon } from '../../icons';
import { ISection } from '../../tokens';
import { RunsBody } from './body';
import { RunsModel } from './model';

/** The section *Runs* of the side panel. */
export class RunsSection implements ISection {
  readonly id = 'runs';
  readonly icon = runsIcon;
  readonly rank = 10;
  readonly title: string;

  constructor(
    private model: RunsModel,
    trans: TranslationBundle
  ) {
    this.title = trans.__('Runs');
  }

  get count(): number | null {
    return this.model.loaded ? this.model.total : null;
  }

  get changed(): ISignal<RunsModel, void> {
    return this.model.stateChanged;
  }

  activate(): void {
    this.model.wake();
  }

  render(): JSX.Element {
    return <UseSignal signal={this.model.stateChanged}>{() => <RunsBody model={this.model} />}</UseSignal>;
  }
}
