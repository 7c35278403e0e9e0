/** What can be done with monitors, as commands: look, see an alert, mute. */

import { JupyterFrontEnd } from '@jupyterlab/application';
import { TranslationBundle } from '@jupyterlab/translation';
import { ask } from '../../dialogs';
import { monitorsIcon } from '../../icons';
import { Args, say, told } from '../../told';
import { MonitorsModel } from './model';

export const MonitorCommandIDs = {
  runMonitor: 'nbmlops:run-monitor',
  acknowledgeAlert: 'nbmlops:acknowledge-alert',
  muteMonitor: 'nbmlops:mute-monitor',
  unmuteMonitor: 'nbmlops:unmute-monitor'
} as const;

export interface IMonitorParts {
  app: JupyterFrontEnd;
  monitors: MonitorsModel;
  trans: TranslationBundle;
}

const SPANS = ['1h', '8h', '1d', '7d'];

export function addMonitorCommands(parts: IMonitorParts): void {
  const { commands } = parts.app;
  const { monitors, trans } = parts;
  commands.addCommand(MonitorCommandIDs.runMonitor, {
    label: trans.__('Look with a Monitor…'),
    icon: monitorsIcon,
    execute: told(async args => {
      const name = await chosen(parts, args);
      if (name) {
        const look = await monitors.run(name);
        say(`${name}: ${look.summary}`);
      }
    })
  });
  commands.addCommand(MonitorCommandIDs.acknowledgeAlert, {
    label: trans.__('Acknowledge Alert…'),
    execute: told(async args => {
      await monitors.refresh();
      const open = monitors.alerts.filter(alert => alert.state === 'open');
      const named = open.find(alert => alert.id === Number(args.alert));
      if (!open.length) {
        say(trans.__('No alert is open.'));
        return;
      }
      const words = await ask(trans, trans.__('An alert was seen'), trans.__('Seen'), [
        ...(named ? [] : [{ name: 'alert', label: trans.__('Alert'), choices: open.map(alert => `${alert.id}: ${alert.reason}`) }]),
        { name: 'note', label: trans.__('What was found out') }
      ]);
      if (words) {
        await monitors.acknowledge(named?.id ?? parseInt(words.alert), words.note);
      }
    })
  });
  commands.addCommand(MonitorCommandIDs.muteMonitor, {
    label: trans.__('Mute Monitor…'),
    execute: told(async args => {
      const name = await chosen(parts, args);
      const words = name ? await ask(trans, trans.__('Mute %1', name), trans.__('Mute'), [{ name: 'span', label: trans.__('For'), choices: SPANS }]) : null;
      if (name && words) {
        await monitors.mute(name, words.span);
      }
    })
  });
  commands.addCommand(MonitorCommandIDs.unmuteMonitor, {
    label: trans.__('Unmute Monitor…'),
    execute: told(async args => {
      const name = await chosen(parts, args);
      if (name) {
        await monitors.mute(name, null);
      }
    })
  });
}

async function chosen({ monitors, trans }: IMonitorParts, args: Args): Promise<string | null> {
  if (args.monitor) {
    return String(args.monitor);
  }
  await monitors.refresh();
  const names = monitors.monitors.map(monitor => monitor.name);
  if (!names.length) {
    say(trans.__('Nothing is watched yet. In a notebook: %1', '%nbmlops monitors create delay@champion'));
    return null;
  }
  const words = names.length > 1 ? await ask(trans, trans.__('Monitors'), trans.__('Next'), [{ name: 'monitor', label: trans.__('Monitor'), choices: names }]) : { monitor: names[0] };
  return words?.monitor ?? null;
}
