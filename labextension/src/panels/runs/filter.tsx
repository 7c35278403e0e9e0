import React, { useEffect, useId, useRef, useState } from 'react';
import { useUi } from '../../components/context';
import { filterIcon } from '../../icons';
import { RunsModel } from './model';

const WORD = /[\w.]+$/;
const SHOWN = 8;

/** The filter box: the server's grammar, its words completed, its complaint below. */
export function FilterBox({ model }: { model: RunsModel }): JSX.Element {
  const { trans } = useUi();
  const [text, setText] = useState(model.filter);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const typed = WORD.exec(text)?.[0] ?? '';
  const matches = open ? completions(model.words, typed) : [];

  useEffect(() => {
    if (text.trim() === model.filter) {
      return;
    }
    const timer = setTimeout(() => void model.setFilter(text), 300);
    return () => clearTimeout(timer);
  }, [text]);

  const accept = (word: string): void => {
    setText(text.slice(0, text.length - typed.length) + word + ' ');
    setOpen(false);
    setAt(-1);
    input.current?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape' && (matches.length || text)) {
      event.stopPropagation();
      matches.length ? setOpen(false) : setText('');
    } else if (matches.length && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((at + step + matches.length) % matches.length);
    } else if (matches.length && at >= 0 && (event.key === 'Enter' || event.key === 'Tab')) {
      event.preventDefault();
      accept(matches[at]);
    } else if (event.key === 'Enter') {
      setOpen(false);
      void model.setFilter(text);
    }
  };

  return (
    <div className="nbm-filter">
      <div className={`nbm-filter-box${model.filterError ? ' nbm-mod-invalid' : ''}`}>
        <filterIcon.react tag="span" className="nbm-filter-icon" width="14px" height="14px" />
        <input
          ref={input}
          type="text"
          role="combobox"
          spellCheck={false}
          autoComplete="off"
          placeholder={trans.__('auc > 0.8 and status = finished')}
          aria-label={trans.__('Filter runs')}
          aria-expanded={matches.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          aria-invalid={model.filterError !== null}
          aria-describedby={`${id}-error`}
          value={text}
          onChange={event => {
            setText(event.target.value);
            setOpen(true);
            setAt(-1);
          }}
          onFocus={() => void model.loadWords()}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        {text && (
          <button type="button" className="nbm-clear" aria-label={trans.__('Clear the filter')} onClick={() => setText('')}>
            ×
          </button>
        )}
      </div>
      <ul id={`${id}-list`} role="listbox" aria-label={trans.__('Words')} className="nbm-words" hidden={!matches.length}>
        {matches.map((word, index) => (
          <li
            key={word}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={event => {
              event.preventDefault();
              accept(word);
            }}
          >
            {word}
          </li>
        ))}
      </ul>
      <div id={`${id}-error`} className="nbm-filter-error" role="status">
        {model.filterError && (
          <>
            {model.filterError.message}
            {model.filterError.hint && <span className="nbm-hint">{model.filterError.hint}</span>}
          </>
        )}
      </div>
    </div>
  );
}

function completions(words: readonly string[], typed: string): string[] {
  const low = typed.toLowerCase();
  const fits = words.filter(word => typed && word.toLowerCase().includes(low) && word !== typed);
  fits.sort((a, b) => Number(b.toLowerCase().startsWith(low)) - Number(a.toLowerCase().startsWith(low)));
  return fits.slice(0, SHOWN);
}
