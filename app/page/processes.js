// The processes of a run whose children were traced, as a table. A run of one process has none.
import { section, table } from './dom.js';
import { groups, momentText, percentText, plain, timeText } from './format.js';

const kHow = { killed: 'ended early: killed, or crashed', running: 'still running when the run ended', replaced: 'became another program' };

export function processesSection(report) {
  if (!report.processes) return null;
  const number = (title, of, sort) => ({ title, number: true, of, sort });
  const untraced = (report.untraced ?? []).map((one) => `${one.pid}: ${one.why}`);
  const explanation = untraced.length > 0
    ? `${untraced.length} were not traced: ${untraced.slice(0, 3).join('; ')}${untraced.length > 3 ? '; …' : ''}`
    : 'A share is of the process’s own wall time.';
  return section('processes', 'Processes', plain(explanation), table('Processes', [
    { title: 'process', of: (row) => plain(row.name ?? row.command.split(' ')[0].split('/').pop()), sort: (row) => row.name ?? row.command,
      hint: (row) => plain(row.command) },
    number('pid', (row) => String(row.pid), (row) => row.pid),
    number('of', (row) => String(row.parent_pid || ''), (row) => row.parent_pid),
    number('begins', (row) => momentText(row.begin_ns), (row) => row.begin_ns),
    number('wall', (row) => timeText(row.wall_ns), (row) => row.wall_ns),
    number('GIL busy', (row) => percentText(row.held_ns / row.wall_ns), (row) => row.held_ns / row.wall_ns),
    number('turns', (row) => groups(row.turns), (row) => row.turns),
    number('lost', (row) => groups(row.lost), (row) => row.lost),
    { title: 'end', of: (row) => kHow[row.ended] ?? `exit status ${row.exit_status}`, sort: (row) => row.ended },
  ], report.processes));
}
