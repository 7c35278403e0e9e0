/** Everything that the panel can do, as commands: the palette, the menus and the panel's own buttons call these. */

import { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';
import { Api, RunsAction } from './api';
import { ask, confirm } from './dialogs';
import { goToCell, trackCurrentCell } from './notebook';
import { archiveIcon, compareIcon, deleteIcon, nbmlopsIcon, refreshIcon, registerIcon, runsIcon, tagIcon, trackIcon } from './icons';
import { FeaturesModel } from './panels/features/model';
import { ModelsModel } from './panels/models/model';
import { MonitorCommandIDs, addMonitorCommands } from './panels/monitors/commands';
import { MonitorsModel } from './panels/monitors/model';
import { PipelineCommandIDs, addPipelineCommands } from './panels/pipelines/commands';
import { PipelinesModel } from './panels/pipelines/model';
import { RunsModel } from './panels/runs/model';
import { SidePanel } from './sidepanel';
import { Args, say, told } from './told';
import { IModelVersion, IRunDetail } from './tokens';

export const CommandIDs = {
  openPanel: 'nbmlops:open-panel',
  openRun: 'nbmlops:open-run',
  compare: 'nbmlops:compare',
  compareWith: 'nbmlops:compare-with',
  refresh: 'nbmlops:refresh',
  star: 'nbmlops:star',
  archive: 'nbmlops:archive',
  unarchive: 'nbmlops:unarchive',
  delete: 'nbmlops:delete',
  tag: 'nbmlops:tag',
  rename: 'nbmlops:rename',
  register: 'nbmlops:register',
  reproduce: 'nbmlops:reproduce',
  promote: 'nbmlops:promote',
  goToCell: 'nbmlops:go-to-cell',
  trackCell: 'nbmlops:track-cell',
  toggleArchived: 'nbmlops:toggle-archived',
  ...PipelineCommandIDs,
  ...MonitorCommandIDs
} as const;

export interface IParts {
  app: JupyterFrontEnd;
  api: Api;
  runs: RunsModel;
  models: ModelsModel;
  features: FeaturesModel;
  pipelines: PipelinesModel;
  monitors: MonitorsModel;
  panel: SidePanel;
  trans: TranslationBundle;
  notebooks: INotebookTracker | null;
  showRun: (run: string) => void;
  showComparison: (runs: string[]) => void;
}

export function addCommands(parts: IParts): void {
  addViewCommands(parts);
  addRunCommands(parts);
  addModelCommands(parts);
  addPipelineCommands(parts);
  addMonitorCommands(parts);
}

function addViewCommands(parts: IParts): void {
  const { app, runs, models, features, pipelines, monitors, panel, trans, notebooks } = parts;
  const { commands, shell } = app;
  commands.addCommand(CommandIDs.openPanel, {
    label: trans.__('Runs, Models, Features and Pipelines'),
    icon: nbmlopsIcon,
    execute: args => {
      if (args.section) {
        panel.open(String(args.section));
      }
      shell.activateById(panel.id);
    }
  });
  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Read Everything Again'),
    icon: refreshIcon,
    execute: told(() => Promise.all([runs, models, features, pipelines, monitors].map(model => model.refresh())))
  });
  commands.addCommand(CommandIDs.toggleArchived, {
    label: trans.__('Show Archived Runs'),
    isToggled: () => runs.archived,
    execute: told(() => runs.setArchived(!runs.archived))
  });
  commands.addCommand(CommandIDs.trackCell, {
    label: trans.__('Track the Current Cell'),
    icon: trackIcon,
    isEnabled: () => notebooks !== null,
    execute: () => {
      if (!notebooks || !trackCurrentCell(notebooks)) {
        say(trans.__('Open a notebook and choose a code cell: %%track is written above its code.'));
      }
    }
  });
  commands.addCommand(CommandIDs.openRun, {
    label: trans.__('Open Run…'),
    icon: runsIcon,
    execute: told(async args => {
      for (const run of await chosen(parts, args, trans.__('Open run'))) {
        parts.showRun(run);
      }
    })
  });
  commands.addCommand(CommandIDs.compare, {
    label: trans.__('Compare Runs…'),
    icon: compareIcon,
    execute: told(async args => {
      const given = Array.isArray(args.runs) ? args.runs.map(String) : runs.selected.map(run => run.id);
      const words = given.length > 1 ? null : await ask(trans, trans.__('Compare runs'), trans.__('Compare'), [
        { name: 'a', label: trans.__('Run'), value: given[0], offers: names(runs) },
        { name: 'b', label: trans.__('and run'), offers: names(runs) }
      ]);
      const refs = words ? [words.a, words.b].filter(Boolean) : given;
      if (refs.length > 1) {
        parts.showComparison(refs);
      }
    })
  });
  commands.addCommand(CommandIDs.compareWith, {
    label: trans.__('Compare Run with…'),
    icon: compareIcon,
    execute: told(async args => {
      await runs.refresh();
      const [run] = await chosen(parts, args, trans.__('Compare run'));
      const words = run ? await ask(trans, trans.__('Compare with'), trans.__('Compare'), [{ name: 'b', label: trans.__('Run'), offers: names(runs, run) }]) : null;
      if (words?.b) {
        parts.showComparison([run, words.b]);
      }
    })
  });
}

function addRunCommands(parts: IParts): void {
  const { app, api, runs, trans } = parts;
  const { commands } = app;
  commands.addCommand(CommandIDs.reproduce, {
    label: trans.__('Reproduce Run'),
    caption: trans.__('Replay its cells in a fresh process that can do no harm, and compare'),
    icon: refreshIcon,
    execute: told(async args => {
      for (const run of await chosen(parts, args, trans.__('Reproduce run'))) {
        await reproduce(parts, run);
      }
    })
  });
  const act = (action: RunsAction) =>
    told(async args => {
      const refs = await chosen(parts, args, commands.label(`nbmlops:${action}`));
      if (refs.length) {
        await runs.act(action, refs);
      }
    });
  commands.addCommand(CommandIDs.star, {
    label: trans.__('Star Run'),
    execute: args => act(args.on === false ? 'unstar' : 'star')(args)
  });
  commands.addCommand(CommandIDs.archive, { label: trans.__('Archive Run'), icon: archiveIcon, execute: act('archive') });
  commands.addCommand(CommandIDs.unarchive, { label: trans.__('Bring Archived Run Back'), icon: archiveIcon, execute: act('unarchive') });
  commands.addCommand(CommandIDs.delete, {
    label: trans.__('Delete Run…'),
    icon: deleteIcon,
    execute: told(async args => {
      const refs = await chosen(parts, args, trans.__('Delete run'));
      const known = runs.runs.filter(run => refs.includes(run.id)).map(run => run.name);
      const title = refs.length === 1 ? trans.__('Delete %1?', known[0] ?? refs[0]) : trans.__('Delete %1 runs?', refs.length);
      const text = trans.__('Runs inside it go too. “nbmlops gc --deleted” then erases what they recorded; until then nothing is lost, but no list shows it. Archive it to only put it aside.');
      if (refs.length && (await confirm(trans, title, text, trans.__('Delete')))) {
        await runs.act('delete', refs);
      }
    })
  });
  commands.addCommand(CommandIDs.tag, {
    label: trans.__('Tag Run…'),
    icon: tagIcon,
    execute: told(async args => {
      const refs = await chosen(parts, args, trans.__('Tag run'));
      const keys = [...new Set(runs.runs.flatMap(run => Object.keys(run.tags)))];
      const words = refs.length
        ? await ask(
            trans,
            refs.length === 1 ? trans.__('Tag run') : trans.__('Tag %1 runs', refs.length),
            trans.__('Tag'),
            [
              { name: 'key', label: trans.__('Tag'), placeholder: 'stage', offers: keys },
              { name: 'value', label: trans.__('Value'), placeholder: 'baseline' }
            ],
            trans.__('An empty value takes the tag away.')
          )
        : null;
      if (words?.key) {
        await api.tag(refs, { [words.key]: words.value || null });
        await runs.refresh();
      }
    })
  });
  commands.addCommand(CommandIDs.rename, {
    label: trans.__('Rename Run…'),
    execute: told(async args => {
      const [run] = await chosen(parts, args, trans.__('Rename run'));
      const detail = run ? await api.run(run) : null;
      const words = detail ? await ask(trans, trans.__('Rename run'), trans.__('Rename'), [{ name: 'name', label: trans.__('Name'), value: detail.name }]) : null;
      if (detail && words?.name && words.name !== detail.name) {
        await api.edit(detail.id, { name: words.name });
        await runs.refresh();
      }
    })
  });
  commands.addCommand(CommandIDs.goToCell, {
    label: trans.__('Go to Cell of Run'),
    execute: told(async args => {
      const [run] = await chosen(parts, args, trans.__('Go to the cell of run'));
      if (run) {
        const [detail, status] = await Promise.all([api.run(run), api.status()]);
        if (!detail.notebook) {
          say(trans.__('%1 was not made in a notebook.', detail.name));
        } else if (!(await goToCell(app, detail, status.workspace, status.root))) {
          say(trans.__('The cell that made %1 is not in the notebook any more; its code is kept with the run.', detail.name));
        }
      }
    })
  });
}

/** Replay a run; the notice stays until the verdict is there. */
async function reproduce(parts: IParts, ref: string): Promise<void> {
  const { api, runs, trans } = parts;
  const run = await api.run(ref);
  const notice = Notification.emit(trans.__('Replaying %1…', run.name), 'in-progress', { autoClose: false });
  try {
    const replay = await api.reproduce(run.id);
    const why = replay.factors.map(one => `${one.factor}: ${one.detail}`).join('\n') || replay.reason;
    const good = replay.verdict === 'identical' || replay.verdict === 'equivalent';
    Notification.update({
      id: notice,
      message: `${replay.name}: ${replay.verdict.replace('_', ' ')}${why ? `\n${why}` : ''}`,
      type: good ? 'success' : 'warning',
      autoClose: 8000
    });
  } catch (error) {
    Notification.dismiss(notice);
    throw error;
  }
  await runs.refresh();
}

function addModelCommands(parts: IParts): void {
  const { app, api, models, trans } = parts;
  app.commands.addCommand(CommandIDs.register, {
    label: trans.__('Register Model of Run…'),
    icon: registerIcon,
    execute: told(async args => {
      const [run] = await chosen(parts, args, trans.__('Register a model of run'));
      if (run) {
        await register(parts, await api.run(run));
      }
    })
  });
  app.commands.addCommand(CommandIDs.promote, {
    label: trans.__('Promote Model Version…'),
    execute: told(async args => {
      await models.refresh();
      const all = [...models.models.values()].flat();
      const specs = all.map(specOf);
      if (!all.length) {
        say(trans.__('No model is registered yet. In a notebook: %register model as delay@champion'));
        return;
      }
      const spec = args.name ? `${args.name}@${args.version}` : undefined;
      const words = await ask(
        trans,
        spec ? trans.__('Promote %1', spec) : trans.__('Promote a model version'),
        trans.__('Promote'),
        [
          ...(spec ? [] : [{ name: 'spec', label: trans.__('Version'), choices: specs }]),
          { name: 'alias', label: trans.__('Alias'), placeholder: 'champion', offers: [...new Set(['champion', 'challenger', ...all.flatMap(version => version.aliases)])] }
        ],
        trans.__('Whoever loads the model by this alias gets this version from now on.')
      );
      const version = all.find(item => specOf(item) === (spec ?? words?.spec));
      if (words?.alias && version) {
        await models.promote(version.name, version.version, words.alias);
      }
    })
  });
}

async function register({ api, models, panel, app, trans }: IParts, run: IRunDetail): Promise<void> {
  const variables = run.artifacts.filter(artifact => artifact.kind === 'model').map(artifact => artifact.name);
  if (!variables.length) {
    say(trans.__('%1 kept no model. Fit one in a tracked cell, or log it: nbmlops.log_model(model)', run.name));
    return;
  }
  await models.refresh();
  const words = await ask(trans, trans.__('Register a model of %1', run.name), trans.__('Register'), [
    ...(variables.length > 1 ? [{ name: 'variable', label: trans.__('Variable'), choices: variables }] : []),
    { name: 'name', label: trans.__('Model name'), placeholder: 'delay', offers: [...models.models.keys()] },
    { name: 'alias', label: trans.__('Alias (optional)'), placeholder: 'champion' }
  ]);
  if (words?.name) {
    const version = await api.register(run.id, words.name, words.variable ?? null, words.alias || null);
    await models.refresh();
    Notification.success(trans.__('%1 is registered.', specOf(version)), {
      autoClose: 5000,
      actions: [{ label: trans.__('Show'), callback: () => void app.commands.execute(CommandIDs.openPanel, { section: 'models' }) }]
    });
    panel.update();
  }
}

/** Which runs a command means: the one named, those selected in the panel, or the one asked for. */
async function chosen({ runs, trans }: IParts, args: Args, title: string): Promise<string[]> {
  if (args.run) {
    return [String(args.run)];
  }
  if (runs.selected.length) {
    return runs.selected.map(run => run.id);
  }
  const words = await ask(trans, title, trans.__('OK'), [{ name: 'run', label: trans.__('Run'), placeholder: 'rf', offers: names(runs) }]);
  return words?.run ? [words.run] : [];
}

function names(runs: RunsModel, except = ''): string[] {
  return [...new Set(runs.runs.filter(run => run.id !== except).map(run => run.name))].slice(0, 200);
}

function specOf(version: IModelVersion): string {
  return `${version.name}@${version.version}`;
}
