import { LabIcon } from '@jupyterlab/ui-components';

const svg = (body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">${body}</svg>`;
const line = (path: string): string =>
  svg(
    `<path class="jp-icon3" d="${path}" fill="none" stroke="#616161" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/>`
  ).replace('class="jp-icon3"', 'class="jp-icon3 nbm-line-icon"');

const icon = (name: string, svgstr: string): LabIcon => new LabIcon({ name: `nbmlops:${name}`, svgstr });

/** Three runs, the last one the best. */
export const nbmlopsIcon = icon(
  'nbmlops',
  svg(
    '<path class="jp-icon3" fill="#616161" d="M1.5 13.5h13V15h-13zM2 8.5h2.6V12H2zM6.7 5.8h2.6V12H6.7zM11.4 1.5a1.9 1.9 0 0 1 .9 3.56V12h-1.8V5.06a1.9 1.9 0 0 1 .9-3.56z"/>'
  )
);
export const runsIcon = icon('runs', line('M2 4h1M6 4h8M2 8h1M6 8h8M2 12h1M6 12h8'));
export const modelsIcon = icon('models', line('M8 1.8 14 5v6l-6 3.2L2 11V5zM2 5l6 3.2L14 5M8 8.2v6'));
export const featuresIcon = icon('features', line('M2 2.5h12v11H2zM2 6h12M6 6v7.5M10 6v7.5'));
export const pipelinesIcon = icon('pipelines', line('M1.8 6.2h3.6v3.6H1.8zM10.6 2h3.6v3.6h-3.6zM10.6 10.4h3.6V14h-3.6zM5.4 8H8M10.6 3.8H8v8.4h2.6'));
export const monitorsIcon = icon('monitors', line('M1.5 8.5h3l1.8-5 3 9 1.9-4h3.3'));
export const compareIcon = icon('compare', line('M6.5 2.5H2.5v11h4M9.5 2.5h4v11h-4M8 1v14'));
export const registerIcon = icon('register', line('M8 10V2M5 4.8 8 1.8l3 3M2.5 9.5v4h11v-4'));
export const archiveIcon = icon('archive', line('M1.8 2.5h12.4v3H1.8zM3 5.5v8h10v-8M6.3 8.5h3.4'));
export const tagIcon = icon('tag', line('M2 2h5.5L14 8.5 8.5 14 2 7.5zM5 5h.01'));
export const deleteIcon = icon('delete', line('M2.5 4h11M6 4V2.2h4V4M4 4l.7 9.8h6.6L12 4M6.7 6.8v4.4M9.3 6.8v4.4'));
export const refreshIcon = icon('refresh', line('M13.5 8a5.5 5.5 0 1 1-1.6-3.9L13.5 5.5M13.5 2v3.5H10'));
export const trackIcon = icon('track', line('M8 3v10M3 8h10'));
export const filterIcon = icon('filter', line('M2 3.5h12M4.5 8h7M7 12.5h2'));
