/** From a run to its cell, and from a cell to a run. */

import { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { IRunDetail } from './tokens';

const TRACKED = /^\s*(%%track\b|#\|\s*track\b)/;

/** Open the notebook of a run and show the cell that made it; false when the cell is not there any more. */
export async function goToCell(app: JupyterFrontEnd, run: IRunDetail, workspace: string | null, root: string): Promise<boolean> {
  const path = contentsPath(run.notebook ?? '', workspace, root);
  const panel = await app.commands.execute('docmanager:open', { path });
  if (!(panel instanceof NotebookPanel)) {
    return false;
  }
  await panel.context.ready;
  await panel.revealed;
  const index = panel.content.widgets.findIndex(cell => cell.model.id === run.cell_id);
  if (index < 0) {
    return false;
  }
  panel.content.activeCellIndex = index;
  await panel.content.scrollToItem(index, 'center');
  return true;
}

/** Write `%%track` above the current cell's code, unless it is tracked already. Returns whether there is such a cell. */
export function trackCurrentCell(tracker: INotebookTracker): boolean {
  const cell = tracker.activeCell;
  if (!cell || cell.model.type !== 'code') {
    return false;
  }
  const source = cell.model.sharedModel.getSource();
  if (!TRACKED.test(source)) {
    cell.model.sharedModel.setSource(`%%track\n${source}`);
  }
  return true;
}

/** A notebook's path as JupyterLab knows it: relative to the server's root, not to the workspace. */
function contentsPath(notebook: string, workspace: string | null, root: string): string {
  const plain = notebook.replace(/\\/g, '/');
  const home = root.replace(/\\/g, '/').replace(/\/$/, '');
  const absolute = plain.startsWith('/') || !workspace ? plain : PathExt.join(PathExt.dirname(workspace.replace(/\\/g, '/')), plain);
  return home && absolute.startsWith(`${home}/`) ? absolute.slice(home.length + 1) : plain.replace(/^\//, '');
}
