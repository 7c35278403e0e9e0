/** The few dialogs: made of elements and text, so that a name is never read as HTML. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

export interface IField {
  name: string;
  label: string;
  value?: string;
  placeholder?: string;
  /** What may be chosen; free text where it is absent. */
  choices?: string[];
  /** What is offered while free text is written. */
  offers?: string[];
}

class Form extends Widget implements Dialog.IBodyWidget<Record<string, string>> {
  constructor(text: string, fields: IField[]) {
    super();
    this.addClass('nbm-form');
    if (text) {
      const lead = document.createElement('p');
      lead.textContent = text;
      this.node.append(lead);
    }
    this.node.append(...fields.map(field => this.line(field)));
  }

  getValue(): Record<string, string> {
    return Object.fromEntries([...this.inputs].map(([name, input]) => [name, input.value.trim()]));
  }

  private line(field: IField): HTMLElement {
    const label = document.createElement('label');
    const caption = document.createElement('span');
    caption.textContent = field.label;
    const input = document.createElement(field.choices ? 'select' : 'input');
    for (const choice of field.choices ?? []) {
      input.append(new Option(choice, choice));
    }
    if (input instanceof HTMLInputElement) {
      input.type = 'text';
      input.placeholder = field.placeholder ?? '';
      input.spellcheck = false;
      input.className = 'jp-mod-styled';
      this.offer(input, label, field);
    }
    input.name = field.name;
    input.value = field.value ?? input.value;
    this.inputs.set(field.name, input);
    label.append(caption, input);
    return label;
  }

  private offer(input: HTMLInputElement, label: HTMLElement, field: IField): void {
    if (field.offers?.length) {
      const list = document.createElement('datalist');
      list.id = `nbm-offers-${field.name}`;
      list.append(...field.offers.map(offer => new Option(offer, offer)));
      input.setAttribute('list', list.id);
      label.append(list);
    }
  }

  private inputs = new Map<string, HTMLInputElement | HTMLSelectElement>();
}

/** Ask for some words; null when the dialog was left. */
export async function ask(
  trans: TranslationBundle,
  title: string,
  accept: string,
  fields: IField[],
  text = ''
): Promise<Record<string, string> | null> {
  const result = await showDialog({
    title,
    body: new Form(text, fields),
    focusNodeSelector: 'input, select',
    buttons: [Dialog.cancelButton({ label: trans.__('Cancel') }), Dialog.okButton({ label: accept })]
  });
  return result.button.accept ? result.value : null;
}

/** Ask before something that cannot be taken back. */
export async function confirm(trans: TranslationBundle, title: string, text: string, accept: string, reject?: string): Promise<boolean> {
  const result = await showDialog({
    title,
    body: new Form(text, []),
    defaultButton: 0,
    buttons: [Dialog.cancelButton({ label: reject ?? trans.__('Cancel') }), Dialog.warnButton({ label: accept })]
  });
  return result.button.accept;
}
