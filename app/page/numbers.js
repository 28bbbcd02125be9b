// The numbers of a part of the run, from the same running sums that the lanes are drawn from; of the whole run they are
// the report's. Not for what only the report can tell.

// Of one thread's turns with one GIL, in [begin, end). A turn counts where it was taken.
export function laneNumbers(trace, lane, begin, end) {
  const from = { hint: 0 };
  const to = { hint: 0 };
  lane.sumBefore(begin, from);
  lane.sumBefore(end, to);
  const first = begin <= 0 ? 0 : lane.taken(begin);
  let last = lane.taken(end);
  let waiting = 0;
  if (last === lane.count && last > 0 && lane.end[last - 1] === 3) {
    --last;
    waiting = 1;
  }
  let asked = 0;
  let gave = 0;
  for (let i = first; i < last; ++i) {
    asked += lane.end[i] === 1 ? 1 : 0;
    gave += lane.end[i] === 0 ? 1 : 0;
  }
  const life = Math.max(0, Math.min(end, lane.life.end) - Math.max(begin, lane.life.begin));
  const hold = to.hold - from.hold;
  const wait = to.wait - from.wait;
  const ns = { life: trace.ns(life), hold: trace.ns(hold), wait: trace.ns(wait) };
  // Each is rounded by itself; where nothing is outside, that may add up to one nanosecond too many.
  if (hold + wait <= life && ns.hold + ns.wait > ns.life) ns.wait = ns.life - ns.hold;
  return {
    turns: Math.max(last - first, 0), gave, asked, waiting,
    life: ns.life, hold: ns.hold, wait: ns.wait, outside: Math.max(0, ns.life - ns.hold - ns.wait),
  };
}

export function gilNumbers(trace, gil, begin, end, lanes) {
  const first = begin <= 0 ? 0 : gil.taken(begin);
  const last = gil.taken(end);
  let handOvers = 0;
  for (let n = first; n < last; ++n) handOvers += gil.handedOver[n];
  const sum = (key) => lanes.reduce((total, lane) => total + lane[key], 0);
  return {
    held: sum('hold'), turns: sum('turns'), gave: sum('gave'), asked: sum('asked'), handOvers,
    contended: trace.ns(gil.contendedBefore(end) - gil.contendedBefore(begin)),
  };
}

// All of it for [begin, end), in ticks. What lies before the recording's begin belongs to it.
export function spanNumbers(trace, begin, end) {
  if (begin <= 0) begin = -Infinity;
  const gils = [];
  for (const gil of trace.gils) {
    if (!gil) continue;
    const lanes = gil.lanes.map((lane) => ({ lane, ...laneNumbers(trace, lane, begin, end) }));
    lanes.sort((a, b) => a.lane.thread.index - b.lane.thread.index);
    gils.push({ gil, lanes, ...gilNumbers(trace, gil, begin, end, lanes) });
  }
  return { gils, wall: trace.ns(end - Math.max(begin, 0)) };
}

// How long each thread waited while each other one held the GIL, in [begin, end): a generator that yields after some of
// the work, and returns rows of {lane, wait, nobody, by: [ticks by lane number]}.
export function* waitedFor(gil, begin, end) {
  const rows = [];
  let work = 0;
  for (const lane of gil.lanes) {
    const by = new Float64Array(gil.lanes.length);
    let wait = 0;
    const first = lane.taken(begin);
    let position = gil.taken(begin);
    const hints = gil.lanes.map(() => 0);
    for (let i = first; i < lane.count && lane.want(i) < end; ++i) {
      const from = Math.max(begin, lane.want(i));
      const to = Math.min(end, lane.take[i]);
      if (from >= to) continue;
      wait += to - from;
      position = gil.taken(from, position);
      const after = gil.taken(to, position);
      if (after - position > 2 * gil.lanes.length) {
        work += addHeld(gil, lane, from, to, by, hints);
      } else {
        for (let n = Math.max(position - 1, 0); n < after; ++n) {
          if (gil.lane[n] === lane.number) continue;
          const held = Math.min(to, gil.dropOf(n)) - Math.max(from, gil.take[n]);
          if (held > 0) by[gil.lane[n]] += held;
        }
        work += 1 + after - position;
      }
      if (work > 100000) {
        work = 0;
        yield;
      }
    }
    const known = by.reduce((sum, ticks) => sum + ticks, 0);
    if (wait > 0) rows.push({ lane, wait, nobody: Math.max(0, wait - known), by });
  }
  return rows;
}
// A row of it in nanoseconds, {waiter, nobody_ns, holder_ns}, rounded as the report does it: the running sum, so that the
// parts add up to the whole; and one less where the thread's wait was rounded down to fit into its life.
export function matrixRow(trace, { lane, nobody, by }, gil, waitNs) {
  const cells = [...by].map((ticks, l) => ({ holder: gil.lanes[l].thread.index, ticks })).filter((cell) => cell.ticks > 0);
  cells.sort((a, b) => a.holder - b.holder);
  cells.push({ holder: null, ticks: nobody });
  let ticks = 0;
  let before = 0;
  for (const cell of cells) {
    ticks += cell.ticks;
    cell.ns = trace.ns(ticks) - before;
    before += cell.ns;
  }
  if (before === waitNs + 1) --cells.reduce((most, cell) => (cell.ns > most.ns ? cell : most)).ns;
  const row = { waiter: lane.thread.index, nobody_ns: 0, holder_ns: {} };
  for (const { holder, ns } of cells) {
    if (holder === null) row.nobody_ns = ns;
    else if (ns > 0) row.holder_ns[holder] = ns;
  }
  return row;
}
// Over many turns: what each lane held, from its running sum.
function addHeld(gil, waiter, from, to, by, hints) {
  const before = { hint: 0 };
  const after = { hint: 0 };
  for (const lane of gil.lanes) {
    if (lane === waiter) continue;
    before.hint = hints[lane.number];
    lane.sumBefore(from, before);
    after.hint = before.hint;
    lane.sumBefore(to, after);
    hints[lane.number] = after.hint;
    by[lane.number] += after.hold - before.hold;
  }
  return gil.lanes.length;
}

// Whom a turn kept waiting, longest first: [{lane, ticks, turn}].
export function keptWaiting(lane, turn) {
  const kept = [];
  const begin = lane.take[turn];
  const end = lane.drop(turn);
  for (const other of lane.gil.lanes) {
    if (other === lane) continue;
    let ticks = 0;
    let longest = -1;
    let most = 0;
    for (let i = other.taken(begin); i < other.count && other.want(i) < end; ++i) {
      const waited = Math.min(end, other.take[i]) - Math.max(begin, other.want(i));
      if (waited <= 0) continue;
      ticks += waited;
      if (waited > most) [most, longest] = [waited, i];
    }
    if (ticks > 0) kept.push({ lane: other, ticks, turn: longest });
  }
  return kept.sort((a, b) => b.ticks - a.ticks);
}
