// Everything that the report's JSON has, as cards and tables. Numbers are shown as it says them; nothing is worked out
// but shares.
import { make, section, table } from './dom.js';
import { bytesText, groups, momentText, percentText, plain, reportPlace, timeText } from './format.js';
import { letterOf } from './theme.js';

export function threadLabel(report, index) {
  if (index === null || index === undefined) return 'nobody';
  const thread = report.threads.find((one) => one.index === index);
  return plain(`${letterOf(index)} ${thread ? thread.name : `thread ${index}`}`);
}

const time = (title, key, hint) => ({
  title, number: true, of: (row) => timeText(row[key]), sort: (row) => row[key],
  hint: (row) => `${hint ? `${hint}: ` : ''}${groups(row[key])} ns`,
});
const count = (title, key) => ({ title, number: true, of: (row) => groups(row[key]), sort: (row) => row[key] });
// Who called tells apart what many call, as the inside of a library.
function placeCode({ short, caller }) {
  return make('code', {}, short, caller ? make('small', {}, `  from ${caller}`) : null);
}
const place = (title, key = 'place') => ({
  title, of: (row) => placeCode(reportPlace(row[key])), hint: (row) => reportPlace(row[key]).long,
  sort: (row) => reportPlace(row[key]).long,
});
const share = (title, key, whole) => ({
  title, number: true, of: (row) => percentText(row[key] / whole(row)), sort: (row) => row[key] / whole(row),
  hint: (row) => `${groups(row[key])} ns`,
});
const several = (report) => report.gils.length > 1;
const hasGil = (report) => report.python.gil_enabled;
const gilColumn = (report) => (several(report) ? [count('GIL', 'gil')] : []);

// The first thing that one reads.
export function head(report, facts) {
  const warnings = [...facts.warnings];
  const sentence = facts.conclusion;
  const python = `CPython ${report.python.version}${report.python.free_threaded ? ', free-threaded build' : ''}`;
  const status = facts.still_running && !report.ends_early ? 'it goes on' : report.exit_status === null ? 'exit status not known' : `exit status ${report.exit_status}`;
  return make('header', {},
    make('h1', {}, plain(facts.command || 'a run')),
    make('p', { class: 'about' }, `${python} · ${report.cores} cores · ${timeText(report.wall_ns)} · ${status}`,
      facts.started_unix_ns !== '0' ? ` · ${new Date(Number(facts.started_unix_ns) / 1e6).toLocaleString()}` : null),
    ...warnings.map((text) => make('p', { class: 'warning', role: 'alert' }, `! ${plain(text)}`)),
    sentence ? make('p', { class: 'conclusion' }, sentence) : null,
    make('p', { class: 'proof' }, plain(facts.proof)));
}

export function cards(report) {
  const card = (value, label, hint) => make('div', { class: 'card', title: hint || null },
    make('dd', {}, value), make('dt', {}, label));
  const kMostGils = 4;
  const busiest = [...report.gils].sort((a, b) => b.held_ns + b.contended_ns - a.held_ns - a.contended_ns).slice(0, kMostGils);
  const each = report.gils.filter((gil) => !report.processes || busiest.includes(gil)).flatMap((gil) => {
    const wall = gil.wall_ns ?? report.wall_ns;  // its process's
    const of = several(report) ? `GIL ${gil.id}: ` : '';
    const lost = gil.lost > 0 ? [card(groups(gil.lost), `${of}turns lost`)] : [];
    return [
      card(percentText(gil.held_ns / wall), `${of}GIL busy, of wall time`, `${groups(gil.held_ns)} ns`),
      card(percentText(gil.contended_ns / wall), `${of}somebody waits, of wall time`, `${groups(gil.contended_ns)} ns`),
      card(groups(gil.turns), `${of}turns: ${groups(gil.gave)} gave, ${groups(gil.asked)} asked`),
      card(groups(gil.hand_overs), `${of}hand-overs`),
      ...lost,
    ];
  });
  if (!hasGil(report)) {
    const sum = (key) => report.threads.reduce((all, row) => all + row[key], 0);
    const blocked = sum('blocked_ns');
    if (report.cpu_ns !== undefined) {
      each.push(card((report.cpu_ns / report.wall_ns).toFixed(2), `of ${report.cores} cores busy on average`));
    }
    each.push(card(timeText(blocked), 'blocked on Python’s own locks, all threads', `${groups(blocked)} ns`),
      card(groups(sum('blocked_count')), 'waits on those locks'));
  }
  if (report.cpu_ns !== undefined) each.push(card(timeText(report.cpu_ns), 'CPU time of the process', `${groups(report.cpu_ns)} ns`));
  return make('dl', { class: 'cards', 'aria-label': 'Key figures' }, ...each);
}

export function gilsSection(report) {
  return section('gils', several(report) ? 'The GILs' : 'The GIL', null, table('Each GIL', [
    count('GIL', 'id'), count('turns', 'turns'), count('gave', 'gave'), count('asked', 'asked'),
    time('held', 'held_ns'), time('somebody waits', 'contended_ns'), count('hand-overs', 'hand_overs'),
    time('hand-over p50', 'hand_over_p50_ns'), time('p99', 'hand_over_p99_ns'), time('longest', 'hand_over_max_ns'),
    count('drop requests', 'drop_requests'), count('turns with requests', 'requested_turns'),
    time('obeyed p99', 'obeyed_p99_ns'), time('obeyed latest', 'obeyed_max_ns'),
    count('takes counted', 'takes_counted'), count('lost', 'lost'), count('overlaps', 'overlaps'),
    time('waits not attributed', 'unattributed_ns'),
  ], report.gils));
}

const life = (row) => row.life_ns;
const turnColumns = (report) => [
  ...gilColumn(report), count('turns', 'turns'), count('gave', 'gave'), count('asked', 'asked'),
  share('holds, of its life', 'hold_ns', life), share('waits', 'wait_ns', life), share('outside', 'outside_ns', life),
  time('hold', 'hold_ns'), time('wait', 'wait_ns'), time('outside', 'outside_ns'), time('life', 'life_ns'),
  time('wait p50', 'wait_p50_ns'), time('wait p99', 'wait_p99_ns'), time('longest wait', 'longest_wait_ns'),
  time('hold p50', 'hold_p50_ns'), time('hold p99', 'hold_p99_ns'), time('longest hold', 'longest_hold_ns'),
];
const blockedColumns = [
  time('life', 'life_ns'), share('blocked, of its life', 'blocked_ns', life), time('blocked', 'blocked_ns'), count('times', 'blocked_count'),
  time('longest', 'longest_blocked_ns'), time('paused', 'paused_ns'), count('pauses', 'paused_count'), time('longest pause', 'longest_paused_ns'),
];

export function threadsSection(report, goThread) {
  const hasCpu = report.threads.some((row) => row.on_cpu_ns !== undefined);
  const columns = [
    { title: 'thread', of: (row) => threadLabel(report, row.index), sort: (row) => row.index,
      hint: (row) => `native id ${row.native_id}` },
  ];
  if (hasGil(report)) columns.push(...turnColumns(report));
  else columns.push(...blockedColumns);
  if (hasCpu) columns.push(time('on a core', 'on_cpu_ns'), time('without a core', 'runnable_ns'), time('asleep', 'asleep_ns'));
  return section('threads', 'Threads', hasGil(report) ? 'Hold, wait and outside add up to a thread’s life.'
    : 'Blocked: asleep on one of Python’s own locks. Paused: another thread had stopped the world.',
    report.threads.length > 0 && table('Threads', columns, report.threads, (row) => goThread(row.index)));
}

// `go(thread, gil, ns)`: shows a moment on a thread's lane.
export function listSections(report, go) {
  const thread = (key = 'thread', title = 'thread') => ({
    title, of: (row) => threadLabel(report, row[key]), sort: (row) => row[key] ?? -1,
  });
  const at = { title: 'at', number: true, of: (row) => momentText(row.at_ns), sort: (row) => row.at_ns };
  const lists = [
    ['blockers', 'Where the GIL was held while others waited', 'Places at which a turn ended, by the time in which somebody waited for it.',
      [place('place'), time('contended', 'contended_ns'), time('waited, summed', 'waited_ns'), count('turns', 'turns'),
        time('longest hold', 'longest_hold_ns')]],
    ['longest_waits', 'The longest waits', 'A click shows it on the timeline.',
      [thread(), ...gilColumn(report), time('waited', 'wait_ns'), at, place('let go before at'),
        thread('holder', 'mostly for'), time('of that', 'holder_ns'), place('which was at', 'holder_place')],
      (row) => go(row.thread, row.gil, row.at_ns, 'wait')],
    ['obeyed_latest', 'Drop requests that were obeyed late', 'From the first request to the drop: a long one is a call that cannot be interrupted. A click shows it.',
      [thread(), ...gilColumn(report), time('obeyed after', 'after_ns'), at,
        { title: 'in the end', of: (row) => (row.gave ? 'it gave' : 'it was asked'), sort: (row) => row.gave }, place('place')],
      (row) => go(row.thread, row.gil, row.at_ns, 'hold')],
    ['giving', 'What giving the GIL away won and lost', 'Won: the time outside. Lost: the wait to get it back.',
      [place('place'), count('times', 'count'), time('won: outside', 'outside_ns'), time('lost: wait', 'wait_ns'),
        { title: 'verdict', of: (row) => (row.costs_more ? 'costs more than it wins' : 'worth it'), sort: (row) => row.costs_more }]],
    ['blocked_at', 'Where threads were blocked', 'On Python’s own locks, all threads together.',
      [place('place'), time('blocked', 'blocked_ns'), count('times', 'count'), time('longest', 'longest_ns')]],
    ['kernels', 'Native sections', null,
      [{ title: 'kernel', of: (row) => plain(row.name), sort: (row) => row.name },
        { title: 'GIL', of: (row) => (row.holds_gil ? 'holds it' : 'releases it'), sort: (row) => row.holds_gil },
        count('calls', 'calls'), { title: 'bytes', number: true, of: (row) => bytesText(row.bytes), sort: (row) => row.bytes },
        time('wall', 'wall_ns'), time('hold', 'hold_ns'), time('wait', 'wait_ns'), count('most threads', 'most_threads'),
        count('tiles', 'tiles'), time('tiles, summed', 'tiles_ns')]],
    ['regions', 'Regions', null,
      [{ title: 'region', of: (row) => plain(row.name), sort: (row) => row.name }, count('times', 'count'),
        time('wall', 'wall_ns'), time('hold', 'hold_ns'), time('wait', 'wait_ns')]],
    ['marks', 'Marks', null,
      [{ title: 'mark', of: (row) => plain(row.name), sort: (row) => row.name }, count('times', 'count')]],
    ['collections', 'Garbage collections', null,
      [count('generation', 'generation'), count('times', 'count'), count('objects', 'objects'), time('wall', 'wall_ns'),
        time('hold', 'hold_ns'), time('longest', 'longest_ns')]],
  ];
  return lists.map(([key, title, explanation, columns, goRow]) =>
    section(key.replace('_', '-'), title, explanation,
      report[key]?.length > 0 && table(title, columns, report[key], goRow ?? null)));
}

export function proofSection(report, facts) {
  const { probe } = report;
  const rows = [
    ['verified', probe.verified ? 'yes' : `no: ${probe.reason ?? ''}`],
    ['recording one turn costs', `${probe.pair_cost_ns} ns`],
    ['own cost, of wall time', percentText(probe.own_cost_share)],
    ['laws', report.laws ? report.laws.join('; ') : 'all hold'],
  ];
  if (report.lost_reason) rows.push(['why turns were lost', report.lost_reason]);
  if (report.ends_early) rows.push(['why the trace ends early', report.ends_early]);
  rows.push(['gilscope', report.gilscope], ['process', String(facts.process_id)]);
  return section('proof', 'The proof', null, table('The proof', [
    { title: 'what', of: (row) => row[0] }, { title: 'result', of: (row) => plain(row[1]) },
  ], rows));
}
