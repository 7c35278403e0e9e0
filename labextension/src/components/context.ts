import { createContext, useContext } from 'react';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

/** What every view needs: words, commands and colours of code. */
export interface IUi {
  trans: TranslationBundle;
  commands: CommandRegistry;
  languages: IEditorLanguageRegistry | null;
}

const Context = createContext<IUi | null>(null);

export const UiProvider = Context.Provider;

export function useUi(): IUi {
  const ui = useContext(Context);
  if (!ui) {
    throw new Error('A view of nbmlops was drawn outside of UiProvider.');
  }
  return ui;
}
