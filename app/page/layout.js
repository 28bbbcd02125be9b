// Which rows the lanes have, and how high each is. Not for drawing.

export const kRulerHeight = 34;
const kGilHeight = 40;
const kLaneHeight = 34;
const kSpanHeight = 18;
const kTileHeight = 14;
const kGap = 8;
const kMostSpanRows = 6;

// Rows from top to bottom: {kind, y, height, ...}. Native threads stand under the thread that called their kernel.
export function layOut(trace) {
  const rows = [];
  let y = 4;
  const add = (row) => {
    rows.push({ ...row, y });
    y += row.height;
  };
  const several = trace.gils.filter(Boolean).length > 1;
  for (const gil of trace.gils) {
    if (!gil || gil.count === 0) continue;
    add({ kind: 'gil', gil, height: kGilHeight, label: gil.title ?? (several ? `GIL ${gil.id}` : 'GIL') });
    y += kGap;
  }
  const tilesUnder = new Map();
  for (const thread of trace.threads) {
    if (!thread?.hasTiles) continue;
    const caller = trace.callThread.get(thread.tiles.detail[0]);
    if (!tilesUnder.has(caller)) tilesUnder.set(caller, []);
    tilesUnder.get(caller).push(thread);
  }
  const addTiles = (thread) => add({ kind: 'tiles', thread, height: kTileHeight, label: thread.lanes.length > 0 ? `tiles on ${thread.name}` : thread.name });
  const isEmpty = (nest) => nest.rows.length === 0;
  for (const thread of trace.threads) {
    if (!thread) continue;
    const hasSpans = !isEmpty(thread.regions) || !isEmpty(thread.kernels) || thread.marks.count > 0;
    const lanes = thread.lanes.filter((lane) => lane.count > 0).sort((a, b) => a.gil.id - b.gil.id);
    if (lanes.length === 0 && !hasSpans) continue;
    if (lanes.length === 0) add({ kind: 'lane', thread, lane: null, height: kLaneHeight, label: thread.name });
    for (const lane of lanes) {
      const label = lanes.length > 1 ? `${thread.name} · GIL ${lane.gil.id}` : thread.name;
      add({ kind: 'lane', thread, lane, height: kLaneHeight, label });
    }
    const nests = [[thread.regions, 'region'], [thread.kernels, 'kernel'], [thread.collections, 'collection']];
    for (const [nest, kind] of nests) {
      const more = nest.rows.length - kMostSpanRows;
      nest.rows.slice(0, kMostSpanRows).forEach((spans, row) => {
        let label = row === 0 ? { region: 'regions', kernel: 'native sections', collection: 'collections' }[kind] : '';
        if (row === kMostSpanRows - 1 && more > 0) label = `and ${more} more row${more > 1 ? 's' : ''}`;
        add({ kind: 'spans', thread, spans, of: kind, height: kSpanHeight, label });
      });
    }
    tilesUnder.get(thread.index)?.forEach(addTiles);
    tilesUnder.delete(thread.index);
    y += kGap;
  }
  for (const threads of tilesUnder.values()) threads.forEach(addTiles);
  return { rows, height: y + 4 };
}

export function rowAt(rows, y) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle].y + rows[middle].height <= y) low = middle + 1;
    else high = middle;
  }
  return low < rows.length && rows[low].y <= y ? rows[low] : null;
}
