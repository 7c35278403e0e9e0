/** What can be done with pipelines, as commands: run, cancel, show. */

import { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Api } from '../../api';
import { IField, ask, confirm } from '../../dialogs';
import { pipelinesIcon } from '../../icons';
import { SidePanel } from '../../sidepanel';
import { Args, say, told } from '../../told';
import { IPipelinePlan } from '../../tokens';
import { PipelinesModel } from './model';
import { planInWords } from './states';

export const PipelineCommandIDs = {
  runPipeline: 'nbmlops:run-pipeline',
  cancelPipeline: 'nbmlops:cancel-pipeline',
  showPipeline: 'nbmlops:show-pipeline'
} as const;

export interface IPipelineParts {
  app: JupyterFrontEnd;
  api: Api;
  pipelines: PipelinesModel;
  panel: SidePanel;
  trans: TranslationBundle;
}

const INFER = 'nbmlops pipelines infer *.ipynb';

export function addPipelineCommands(parts: IPipelineParts): void {
  const { commands } = parts.app;
  const { trans } = parts;
  commands.addCommand(PipelineCommandIDs.runPipeline, {
    label: trans.__('Run Pipeline…'),
    icon: pipelinesIcon,
    execute: told(async args => {
      const file = await chosenFile(parts, args);
      if (file) {
        await run(parts, file);
      }
    })
  });
  commands.addCommand(PipelineCommandIDs.cancelPipeline, {
    label: trans.__('Cancel Pipeline Run…'),
    execute: told(async args => {
      const found = await chosenRunning(parts, args);
      const text = trans.__('Steps that run are interrupted. What is done is kept: the next run goes on from there.');
      if (found && (await confirm(trans, trans.__('Cancel %1?', found.name), text, trans.__('Cancel the run'), trans.__('Let it run')))) {
        await parts.pipelines.cancel(found.id);
      }
    })
  });
  commands.addCommand(PipelineCommandIDs.showPipeline, {
    label: trans.__('Show Pipeline Run…'),
    icon: pipelinesIcon,
    execute: told(async args => {
      const ref = await chosenRun(parts, args);
      if (ref) {
        await show(parts, ref);
      }
    })
  });
}

/** Ask how, with the plan in view, and start. */
async function run({ api, app, pipelines, trans }: IPipelineParts, file: string): Promise<void> {
  const plan = await api.planPipeline(file);
  const extents = extentsOf(plan, trans);
  const words = await ask(
    trans,
    trans.__('Run %1', plan.pipeline),
    trans.__('Run'),
    [
      { name: 'extent', label: trans.__('Steps'), choices: [...extents.keys()] },
      ...plan.parameters.map(
        (one): IField => ({
          name: `param ${one.name}`,
          label: `${one.name}${one.kind ? `: ${one.kind}` : ''}  (${one.steps.join(', ')})`,
          placeholder: one.value
        })
      )
    ],
    planInWords(plan, trans)
  );
  if (!words) {
    return;
  }
  const given = plan.parameters.filter(one => words[`param ${one.name}`]).map(one => [one.name, readValue(words[`param ${one.name}`])]);
  const how = { ...(extents.get(words.extent) ?? { force: false, start: null }), params: Object.fromEntries(given) };
  if (!(await pipelines.start(file, how))) {
    Notification.warning(trans.__('%1 was started, but nothing is seen of it yet. What it said is in .nbmlops/logs/pipelines.log.', plan.pipeline), {
      autoClose: false,
      actions: [{ label: trans.__('Show'), callback: () => void app.commands.execute(PipelineCommandIDs.showPipeline, { file }) }]
    });
  }
}

function extentsOf(plan: IPipelinePlan, trans: TranslationBundle): Map<string, { force: boolean; start: string | null }> {
  return new Map([
    [trans.__('what has changed'), { force: false, start: null }],
    [trans.__('every step'), { force: true, start: null }],
    ...plan.steps.map(({ step }): [string, { force: boolean; start: string | null }] => [trans.__('from %1 on', step), { force: false, start: step }])
  ]);
}

/** A value as it was written: JSON where it is that, a text otherwise. */
export function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Bring a run into view; with a file, what is there of its pipeline. */
async function show({ app, api, pipelines, panel }: IPipelineParts, ref: { run?: string; file?: string }): Promise<void> {
  const run = ref.run ? await api.pipelineRun(ref.run) : null;
  await pipelines.refresh();
  const there = run ? pipelines.pipelineOf(run) : pipelines.pipelines.find(one => one.file === ref.file);
  if (there && run) {
    pipelines.show(there, run);
  }
  panel.open('pipelines');
  app.shell.activateById(panel.id);
  if (there) {
    pipelines.reveal(there);
  }
}

async function chosenFile({ pipelines, trans }: IPipelineParts, args: Args): Promise<string | null> {
  if (args.file) {
    return String(args.file);
  }
  await pipelines.refresh();
  const files = pipelines.pipelines.flatMap(({ file }) => (file === null ? [] : [file]));
  if (!files.length) {
    say(trans.__('No pipeline is here yet. In a terminal: %1', INFER));
    return null;
  }
  const words = files.length > 1 ? await ask(trans, trans.__('Run a pipeline'), trans.__('Next'), [{ name: 'file', label: trans.__('Pipeline'), choices: files }]) : null;
  return files.length > 1 ? (words?.file ?? null) : files[0];
}

async function chosenRunning({ api, pipelines, trans }: IPipelineParts, args: Args): Promise<{ id: string; name: string } | null> {
  if (args.run) {
    const { id, name } = await api.pipelineRun(String(args.run));
    return { id: id ?? '', name: name ?? '' };
  }
  await pipelines.refresh();
  const running = pipelines.pipelines.flatMap(({ run }) => (run?.status === 'running' ? [{ id: run.id ?? '', name: run.name ?? '' }] : []));
  if (!running.length) {
    say(trans.__('No pipeline runs now.'));
    return null;
  }
  const words =
    running.length > 1
      ? await ask(trans, trans.__('Cancel a pipeline run'), trans.__('Next'), [{ name: 'run', label: trans.__('Run'), choices: running.map(one => one.name) }])
      : { run: running[0].name };
  return running.find(one => one.name === words?.run) ?? null;
}

async function chosenRun({ pipelines, trans }: IPipelineParts, args: Args): Promise<{ run?: string; file?: string } | null> {
  if (args.run || args.file) {
    return args.run ? { run: String(args.run) } : { file: String(args.file) };
  }
  await pipelines.refresh();
  const names = pipelines.pipelines.flatMap(({ run }) => (run?.name ? [run.name] : []));
  const words = await ask(trans, trans.__('Show a pipeline run'), trans.__('Show'), [{ name: 'run', label: trans.__('Run'), placeholder: '@last', value: '@last', offers: names }]);
  return words?.run ? { run: words.run } : null;
}
