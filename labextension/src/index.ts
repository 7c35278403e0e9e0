/** The plugins: the panel with its sections, the pages of the main area, the commands. */

import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Api } from './api';
import { CommandIDs, addCommands } from './commands';
import { IUi } from './components/context';
import { featuresIcon, modelsIcon, monitorsIcon, pipelinesIcon, runsIcon } from './icons';
import { Live } from './models/live';
import { ComparePage } from './panels/compare';
import { CompareModel } from './panels/compare/model';
import { DetailPage } from './panels/detail';
import { DetailModel } from './panels/detail/model';
import { FeaturesBody } from './panels/features/body';
import { FeaturesModel } from './panels/features/model';
import { ModelsBody } from './panels/models/body';
import { ModelsModel } from './panels/models/model';
import { MonitorsBody } from './panels/monitors/body';
import { MonitorsModel } from './panels/monitors/model';
import { PipelinesBody } from './panels/pipelines/body';
import { PipelinesModel } from './panels/pipelines/model';
import { RunsBody } from './panels/runs/body';
import { RunsModel } from './panels/runs/model';
import { panelSection } from './panels/section';
import { Sections } from './registry';
import { SidePanel } from './sidepanel';
import { ISections } from './tokens';

const PLUGIN = 'nbmlops:plugin';

const sections: JupyterFrontEndPlugin<ISections> = {
  id: 'nbmlops:sections',
  description: 'Keeps the sections of the side panel; other extensions may add theirs.',
  autoStart: true,
  provides: ISections,
  activate: () => new Sections()
};

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'The side panel with runs, models, features, pipelines and monitors, the pages of the main area, and their commands.',
  autoStart: true,
  requires: [ISections],
  optional: [ITranslator, ILayoutRestorer, IEditorLanguageRegistry, INotebookTracker, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    sections: ISections,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    languages: IEditorLanguageRegistry | null,
    notebooks: INotebookTracker | null,
    settings: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('nbmlops');
    const ui: IUi = { trans, commands: app.commands, languages };
    const api = new Api(app.serviceManager.serverSettings);
    const live = new Live(app.serviceManager.events.stream);
    const runs = new RunsModel(api, live);
    const models = new ModelsModel(api, live);
    const features = new FeaturesModel(api, live);
    const pipelines = new PipelinesModel(api, live);
    const monitors = new MonitorsModel(api, live);
    sections.add(panelSection('runs', runsIcon, 10, trans.__('Runs'), runs, model => model.total, RunsBody));
    sections.add(panelSection('models', modelsIcon, 20, trans.__('Models'), models, model => model.models.size, ModelsBody));
    sections.add(panelSection('features', featuresIcon, 25, trans.__('Features'), features, model => model.views.length, FeaturesBody));
    sections.add(panelSection('pipelines', pipelinesIcon, 30, trans.__('Pipelines'), pipelines, model => model.pipelines.length, PipelinesBody));
    sections.add(panelSection('monitors', monitorsIcon, 40, trans.__('Monitors'), monitors, model => model.monitors.length, MonitorsBody));

    const panel = new SidePanel(sections, ui);
    const pages = addPages(app, api, live, ui, restorer);
    addCommands({ app, api, runs, models, features, pipelines, monitors, panel, trans, notebooks, ...pages });

    const place = (side: string): void => app.shell.add(panel, side, { rank: 600, type: 'nbmlops' });
    restorer?.add(panel, 'nbmlops-panel');
    if (!settings) {
      place('left');
      return;
    }
    settings
      .load(PLUGIN)
      .then(loaded => {
        const side = (): string => String(loaded.get('side').composite ?? 'left');
        place(side());
        loaded.changed.connect(() => place(side()));
      })
      .catch(() => place('left'));
  }
};

const palette: JupyterFrontEndPlugin<void> = {
  id: 'nbmlops:palette',
  description: 'Lists the commands in the command palette.',
  autoStart: true,
  requires: [ICommandPalette],
  optional: [ITranslator],
  activate: (_: JupyterFrontEnd, palette: ICommandPalette, translator: ITranslator | null): void => {
    const category = (translator ?? nullTranslator).load('nbmlops').__('nbmlops');
    Object.values(CommandIDs).forEach(command => palette.addItem({ command, category }));
  }
};

/** Runs and comparisons in the main area: one tab for each, there again after a reload. */
function addPages(app: JupyterFrontEnd, api: Api, live: Live, ui: IUi, restorer: ILayoutRestorer | null) {
  const details = new WidgetTracker<MainAreaWidget<DetailPage>>({ namespace: 'nbmlops-run' });
  const comparisons = new WidgetTracker<MainAreaWidget<ComparePage>>({ namespace: 'nbmlops-compare' });

  const showRun = (run: string): void => {
    const there = details.find(page => run === page.content.model.ref || run === page.content.model.run?.id);
    if (!there) {
      const page = new MainAreaWidget({ content: new DetailPage(new DetailModel(api, live, run), ui) });
      page.id = `nbmlops-run-${run}`;
      page.toolbar.hide();
      app.shell.add(page, 'main');
      void details.add(page);
      page.content.model.stateChanged.connect(() => void details.save(page));
    }
    app.shell.activateById(there?.id ?? `nbmlops-run-${run}`);
  };
  const showComparison = (refs: string[]): void => {
    const id = `nbmlops-compare-${refs.join('-')}`;
    if (!comparisons.find(page => page.id === id)) {
      const page = new MainAreaWidget({ content: new ComparePage(new CompareModel(api, live, refs), ui) });
      page.id = id;
      page.toolbar.hide();
      app.shell.add(page, 'main');
      void comparisons.add(page);
    }
    app.shell.activateById(id);
  };
  if (restorer) {
    void restorer.restore(details, {
      command: CommandIDs.openRun,
      args: page => ({ run: page.content.model.run?.id ?? page.content.model.ref }),
      name: page => page.content.model.run?.id ?? page.content.model.ref
    });
    void restorer.restore(comparisons, {
      command: CommandIDs.compare,
      args: page => ({ runs: [...page.content.model.refs] }),
      name: page => page.content.model.refs.join(',')
    });
  }
  return { showRun, showComparison };
}

export default [sections, plugin, palette];
export { ISections } from './tokens';
