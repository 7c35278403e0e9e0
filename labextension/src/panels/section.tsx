import { LabIcon, UseSignal } from '@jupyterlab/ui-components';
import React, { ComponentType } from 'react';
import { Loader } from '../models/loader';
import { ISection } from '../tokens';

/** A section of the side panel that shows a model: it reads while somebody looks, and sleeps while nobody does. */
export function panelSection<M extends Loader>(
  id: string,
  icon: LabIcon,
  rank: number,
  title: string,
  model: M,
  count: (model: M) => number,
  Body: ComponentType<{ model: M }>
): ISection {
  return {
    id,
    icon,
    rank,
    title,
    get count() {
      return model.loaded ? count(model) : null;
    },
    changed: model.stateChanged,
    activate: () => model.wake(),
    deactivate: () => model.sleep(),
    render: () => <UseSignal signal={model.stateChanged}>{() => <Body model={model} />}</UseSignal>
  };
}
