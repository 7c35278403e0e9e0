import { Notification } from '@jupyterlab/apputils';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { ApiError } from './api';

export type Args = ReadonlyPartialJSONObject;

/** Do something; what goes wrong is said where every extension says it. */
export function told(action: (args: Args) => Promise<unknown> | unknown): (args: Args) => Promise<void> {
  return async args => {
    try {
      await action(args);
    } catch (error) {
      const hint = error instanceof ApiError && error.hint ? `\n${error.hint}` : '';
      Notification.error(`${error instanceof Error ? error.message : String(error)}${hint}`, { autoClose: 8000 });
    }
  };
}

/** Say something that is no error, where it is seen: without a time JupyterLab only counts a notice. */
export function say(message: string): void {
  Notification.info(message, { autoClose: 8000 });
}
