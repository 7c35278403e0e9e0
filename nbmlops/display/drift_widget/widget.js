// Columns by their weight on the left; both sides of the chosen one, its windows and its rows on the right.
// Everything that comes from data is written as text, never as HTML.

const SVG = 'http://www.w3.org/2000/svg';
const MARKS = { severe: '✗', warn: '!', none: '' };
const SEVERE = 0.1;
const FEW = 12;

function element(name, facts = {}, ...children) {
  const made = document.createElement(name);
  for (const [fact, value] of Object.entries(facts)) {
    made.setAttribute(fact, value);
  }
  made.append(...children);
  return made;
}

function drawn(name, facts, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [fact, value] of Object.entries(facts)) {
    made.setAttribute(fact, value);
  }
  made.append(...children);
  return made;
}

function words(x, y, said, anchor = 'start') {
  return drawn('text', { x, y, 'text-anchor': anchor }, said);
}

function number(value) {
  if (value === null || value === undefined) {
    return '';
  }
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(+value.toPrecision(4));
}

function share(value) {
  return `${(100 * value).toFixed(1)} %`;
}

function short(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Numbers: the reference as a grey area, the current data as a line; a bin says its shares on hover. */
function histogram(shape, name) {
  const [width, height, bottom] = [460, 170, 146];
  const most = Math.max(...shape.reference, ...shape.current, 1e-12);
  const step = width / shape.reference.length;
  const outline = side =>
    `M0 ${bottom}` +
    side.map((one, at) => `V${(bottom - (140 * one) / most).toFixed(1)}H${((at + 1) * step).toFixed(1)}`).join('') +
    `V${bottom}`;
  const bins = shape.reference.map((one, at) => {
    const said = `${number(shape.edges[at])} to ${number(shape.edges[at + 1])}: ${share(one)} → ${share(shape.current[at])}`;
    return drawn('rect', { x: at * step, y: 0, width: step, height: bottom, fill: 'transparent' }, drawn('title', {}, said));
  });
  return drawn(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `${name}: reference and current` },
    drawn('path', { d: outline(shape.reference), class: 'nbw-reference' }),
    drawn('path', { d: outline(shape.current), class: 'nbw-current' }),
    drawn('path', { d: `M0 ${bottom + 0.5}H${width}`, fill: 'none', stroke: 'currentColor', 'stroke-opacity': 0.45 }),
    words(0, bottom + 15, number(shape.edges[0])),
    words(width, bottom + 15, number(shape.edges[shape.edges.length - 1]), 'end'),
    ...bins
  );
}

/** Labels: a pair of bars each. */
function bars(shape, name) {
  const [width, left, right] = [480, 130, 350];
  const most = Math.max(...shape.reference, ...shape.current, 1e-12);
  const height = shape.labels.length * 24 + 4;
  const parts = shape.labels.flatMap((label, at) => {
    const y = at * 24 + 2;
    const long = value => Math.max(0.5, ((right - left) * value) / most);
    return [
      words(left - 8, y + 14, short(label, 20), 'end'),
      drawn('rect', { x: left, y, width: long(shape.reference[at]), height: 9, class: 'nbw-reference' }),
      drawn('rect', { x: left, y: y + 10, width: long(shape.current[at]), height: 9, class: 'nbw-current-bar' }),
      words(width, y + 14, `${share(shape.reference[at])} → ${share(shape.current[at])}`, 'end')
    ];
  });
  return drawn(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `${name}: reference and current` },
    ...parts
  );
}

/** How far one column is from the reference in each window; a click chooses the window. */
function windowsOf(found, column, chosen, choose) {
  const step = Math.max(10, Math.min(36, 460 / found.windows.length));
  const width = found.windows.length * step;
  const cells = found.windows.map((window, at) => {
    const value = window.values[column];
    const said = `${window.window}: ${value === undefined ? 'too few rows to tell' : number(value)}, ${window.rows.toLocaleString()} rows`;
    const strength = value === undefined ? 0.06 : Math.min(1, 0.08 + (0.92 * value) / (2 * SEVERE));
    const cell = drawn(
      'rect',
      {
        x: at * step,
        y: 0,
        width: step - 1,
        height: 18,
        fill: value === undefined ? 'currentColor' : 'var(--jp-warn-color1, #ef6c00)',
        'fill-opacity': strength.toFixed(2),
        role: 'button',
        tabindex: 0,
        'aria-label': said,
        'aria-pressed': window.window === chosen
      },
      drawn('title', {}, said)
    );
    const toggle = () => choose(window.window === chosen ? null : window.window);
    cell.addEventListener('click', toggle);
    cell.addEventListener('keydown', event => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        toggle();
      }
    });
    return cell;
  });
  const last = found.windows[found.windows.length - 1].window;
  return drawn(
    'svg',
    { viewBox: `0 0 ${width} 34`, width, height: 34, class: 'nbw-windows', role: 'group', 'aria-label': 'windows' },
    ...cells,
    words(0, 31, found.windows[0].window),
    ...(found.windows.length > 1 ? [words(width, 31, last, 'end')] : [])
  );
}

/** What the rows behind a finding have in common, and the first of them. */
function rowsOf(rows) {
  const cells = (name, values) => values.map(value => element(name, {}, value === null ? '' : short(String(value), 40)));
  const head = element('tr', { class: 'nbw-faint' }, ...cells('th', ['', ...rows.columns]));
  const lines = rows.data.map((values, at) => element('tr', {}, ...cells('td', [rows.index[at], ...values])));
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...lines));
  return [
    ...rows.said.map(said => element('p', { class: 'nbw-behind' }, said)),
    element('div', { class: 'nbw-scroll', tabindex: 0, role: 'group', 'aria-label': 'The first rows' }, table)
  ];
}

function legend() {
  const area = drawn('svg', { width: 12, height: 10 }, drawn('rect', { width: 12, height: 10, class: 'nbw-reference' }));
  const line = drawn('svg', { width: 14, height: 10 }, drawn('path', { d: 'M0 5H14', class: 'nbw-current' }));
  for (const one of [area, line]) {
    one.style.display = 'inline-block';
    one.setAttribute('aria-hidden', 'true');
  }
  return element('p', { class: 'nbw-faint' }, area, ' reference   ', line, ' current');
}

function render({ model, el }) {
  const found = model.get('found');
  const waiting = new Map();
  let last = 0;
  const onAnswer = content => {
    waiting.get(content.id)?.(content);
    waiting.delete(content.id);
  };
  const ask = question =>
    new Promise(resolve => {
      last += 1;
      waiting.set(last, resolve);
      model.send({ id: last, ...question });
    });
  model.on('msg:custom', onAnswer);

  const root = element('div', { class: 'nbw' });
  const list = element('ul', { 'aria-label': 'Columns' });
  const detail = element('div', { class: 'nbw-detail', 'aria-live': 'polite' });
  let chosen = found.columns[0]?.column ?? null;
  let window = null;
  let asked = 0;

  root.append(element('p', {}, found.sentence), ...found.notes.map(note => element('p', { class: 'nbw-faint' }, note)));
  for (const finding of [...found.schema, ...(found.concept ? [found.concept] : []), ...found.joint]) {
    const mark = element('span', { class: `nbw-${finding.severity}` }, `${MARKS[finding.severity]} `);
    root.append(element('p', {}, mark, element('bdi', {}, finding.reason)));
  }

  function listed(pattern) {
    list.replaceChildren(
      ...found.columns
        .filter(column => column.column.toLowerCase().includes(pattern.toLowerCase()))
        .map(column => {
          const value = column.value ?? 0;
          const bar = element('span', {});
          bar.style.width = `${Math.min(100, (100 * value) / (4 * SEVERE))}%`;
          const button = element(
            'button',
            { type: 'button', 'data-column': column.column, 'aria-pressed': column.column === chosen, title: column.reason },
            element('span', { class: `nbw-${column.severity}` }, MARKS[column.severity]),
            element('bdi', { class: 'nbw-name' }, column.column),
            element('span', { class: `nbw-bar nbw-${column.severity}`, 'aria-hidden': 'true' }, bar),
            element('span', { class: 'nbw-number' }, column.value === null ? '' : column.value.toFixed(3))
          );
          button.addEventListener('click', () => choose(column.column, null));
          return element('li', {}, button);
        })
    );
  }

  function choose(column, part) {
    [chosen, window] = [column, part];
    for (const button of list.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button.dataset.column === chosen));
    }
    void show();
  }

  async function show() {
    const mine = ++asked;
    const whole = found.columns.find(one => one.column === chosen);
    if (!whole) {
      detail.replaceChildren();
      return;
    }
    if (window === null) {
      put(whole, null, null); // this is known; the rows come when the kernel is free
    }
    const answer = await ask({ column: chosen, window });
    if (mine === asked) {
      put(answer.column ?? whole, answer.rows ?? null, answer.error ?? null); // else another was chosen meanwhile
    }
  }

  function put(column, rows, trouble) {
    const title = window === null ? chosen : `${chosen} in ${window}`;
    const others = Object.entries(column.others).map(([name, value]) => `${name.replaceAll('_', ' ')} ${number(value)}`);
    const facts = [
      column.statistic ? `${column.statistic.replaceAll('_', ' ')} ${number(column.value)}` : '',
      column.p_value === null ? '' : `p ${column.p_value.toPrecision(1)}`,
      ...others
    ];
    const focused = detail.contains(document.activeElement) ? document.activeElement.getAttribute('aria-label') : null;
    detail.replaceChildren(
      element('h4', {}, element('bdi', {}, title)),
      element('p', { class: `nbw-${trouble ? 'warn' : column.severity}` }, trouble ?? column.reason),
      ...(column.shape ? [column.shape.labels.length ? bars(column.shape, title) : histogram(column.shape, title)] : []),
      element('p', { class: 'nbw-faint' }, facts.filter(Boolean).join(', ')),
      ...(found.windows.length ? [windowsOf(found, chosen, window, part => choose(chosen, part))] : []),
      ...(rows?.said.length ? rowsOf(rows) : [])
    );
    if (focused) {
      detail.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  list.addEventListener('keydown', event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...list.querySelectorAll('button')];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    if (step && next) {
      event.preventDefault();
      next.focus();
      next.click();
    }
  });
  const left = element('div', {});
  if (found.columns.length > FEW) {
    const search = element('input', { type: 'search', placeholder: 'Find a column', 'aria-label': 'Find a column' });
    search.addEventListener('input', () => listed(search.value));
    search.addEventListener('keydown', event => event.stopPropagation());
    left.append(search);
  }
  left.append(list, legend());
  root.append(element('div', { class: 'nbw-body' }, left, detail));
  el.append(root);
  listed('');
  void show();
  return () => model.off('msg:custom', onAnswer);
}

export default { render };
