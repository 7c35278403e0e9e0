import React from 'react';
import { Loader } from '../models/loader';
import { IStatus } from '../tokens';
import { Failure, NoWorkspace } from './basics';
import { useUi } from './context';

/** What a section shows of a model that has been read; until then what is the matter with it. */
export function Ready({ model, children }: { model: Loader & { status: IStatus | null }; children: () => JSX.Element }): JSX.Element {
  const { trans } = useUi();
  if (model.error) {
    return <Failure error={model.error} retry={() => void model.refresh()} />;
  }
  if (!model.loaded) {
    return <p className="nbm-loading">{trans.__('Reading…')}</p>;
  }
  if (model.status?.workspace === null) {
    return <NoWorkspace status={model.status} />;
  }
  return children();
}
