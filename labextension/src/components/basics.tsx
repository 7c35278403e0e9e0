/** Small pieces that all views are made of. */

import { LabIcon, copyIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useRef, useState } from 'react';
import { ApiError } from '../api';
import { exactTime, formatWhen, shortDigest, stateOf } from '../format';
import { IRun, IStatus } from '../tokens';
import { useUi } from './context';

/** The mark of a run's state, with its word for who cannot see it. */
export function Mark({ run }: { run: Pick<IRun, 'status' | 'archived'> }): JSX.Element {
  const { mark, word, kind } = stateOf(run, useUi().trans);
  return (
    <span className={`nbm-mark nbm-mod-${kind}`} role="img" aria-label={word} title={word}>
      {mark}
    </span>
  );
}

/** What a replay of the run said: a sign, and its word where there is room. */
export function Verdict({ verdict, short = false }: { verdict: string; short?: boolean }): JSX.Element {
  const word = verdict.replace('_', ' ');
  return (
    <span className={`nbm-verdict nbm-mod-${verdict}`} title={word} aria-label={word}>
      {short ? '' : word}
    </span>
  );
}

/** When something was: relative, exact on hover, and it keeps up. */
export function When({ iso }: { iso: string }): JSX.Element {
  const { trans } = useUi();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick(n => n + 1), 20_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time className="nbm-when" dateTime={iso} title={exactTime(iso)}>
      {formatWhen(iso, trans)}
    </time>
  );
}

export function IconButton(props: {
  icon: LabIcon;
  label: string;
  onClick: () => void;
  disabled?: boolean;
  pressed?: boolean;
}): JSX.Element {
  const { icon, label, onClick, disabled, pressed } = props;
  return (
    <button
      type="button"
      className="nbm-icon-button"
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <icon.react tag="span" width="16px" height="16px" />
    </button>
  );
}

/** A line of code to paste, with a button that copies it. */
export function CopyLine({ code }: { code: string }): JSX.Element {
  const { trans } = useUi();
  const [copied, setCopied] = useState(false);
  return (
    <div className="nbm-copy-line">
      <code>{code}</code>
      <IconButton
        icon={copyIcon}
        label={copied ? trans.__('Copied') : trans.__('Copy')}
        onClick={() => void navigator.clipboard.writeText(code).then(() => setCopied(true))}
      />
      <span className="nbm-hidden" role="status">
        {copied ? trans.__('Copied') : ''}
      </span>
    </div>
  );
}

/** An id or digest: short on screen, copied whole by a click. */
export function Digest({ value }: { value: string | null }): JSX.Element {
  const { trans } = useUi();
  if (!value) {
    return <span className="nbm-faint">–</span>;
  }
  return (
    <button
      type="button"
      className="nbm-digest"
      title={trans.__('%1 (click to copy)', value)}
      onClick={() => void navigator.clipboard.writeText(value)}
    >
      {shortDigest(value)}
    </button>
  );
}

/** An empty place: what it will show, and the lines that fill it. */
export function Empty({ title, children, lines }: { title: string; children?: React.ReactNode; lines?: string[] }): JSX.Element {
  return (
    <div className="nbm-empty">
      <p className="nbm-empty-title">{title}</p>
      {children && <p>{children}</p>}
      {lines?.map(line => <CopyLine key={line} code={line} />)}
    </div>
  );
}

/** There is no workspace yet: how one is made. */
export function NoWorkspace({ status }: { status: IStatus }): JSX.Element {
  const { trans } = useUi();
  return (
    <Empty title={trans.__('No workspace yet')} lines={['%load_ext nbmlops', '%%track']}>
      {status.workspace === null && trans.__('Run the first line in a notebook. It keeps runs and models in a folder .nbmlops beside your work. Then start a cell with the second to record it as a run.')}
    </Empty>
  );
}

export function Failure({ error, retry }: { error: ApiError; retry?: () => void }): JSX.Element {
  const { trans } = useUi();
  return (
    <div className="nbm-empty nbm-failure" role="alert">
      <p className="nbm-empty-title">{error.message}</p>
      {error.hint && <p>{error.hint}</p>}
      {retry && (
        <button type="button" className="nbm-button" onClick={retry}>
          {trans.__('Try again')}
        </button>
      )}
    </div>
  );
}

/** Code in the colours of the theme's editor. */
export function Code({ text }: { text: string }): JSX.Element {
  const { languages } = useUi();
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    const node = ref.current;
    if (!node) {
      return;
    }
    node.textContent = text;
    const language = languages?.findBest('ipython') ?? languages?.findByName('python');
    if (languages && language) {
      const coloured = document.createElement('code');
      void languages.highlight(text, language, coloured).then(
        () => node.replaceChildren(...coloured.childNodes),
        () => undefined
      );
    }
  }, [text, languages]);
  return (
    <pre className="nbm-code" tabIndex={0}>
      <code ref={ref} />
    </pre>
  );
}
