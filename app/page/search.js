// Finds turns by the place at which they ended, lanes by their thread, spans and marks by their name. What is found is marked on the lanes.
import { letterOf } from './theme.js';

const kMostHits = 200000;

function findMarks(trace, row, wanted, hits) {
  const { marks } = row.thread;
  const isName = trace.names.map((name) => name.toLowerCase().includes(wanted));
  for (let i = 0; i < marks.count; ++i) {
    if (isName[marks.name[i]] && hits.length < kMostHits) hits.push({ at: marks.begin[i], row });
  }
}

// A generator: yields after some of the work, returns {hits: [{at, lane, turn, row}], left}.
export function* search(timeline, text) {
  const { trace } = timeline;
  const wanted = text.trim().toLowerCase();
  const hits = [];
  let left = 0;
  if (wanted === '') return { hits, left };
  const isPlace = trace.places.map(([file, line, name], number) =>
    number > 0 && `${file}:${line} ${name}`.toLowerCase().includes(wanted));
  let work = 0;
  for (const row of timeline.rows) {
    if (row.kind === 'spans') {
      const { spans } = row;
      if (row.of === 'collection') continue;
      const isName = trace.names.map((name) => name.toLowerCase().includes(wanted));
      for (let i = 0; i < spans.count; ++i) {
        if (!isName[spans.name[i]]) continue;
        if (hits.length < kMostHits) hits.push({ at: spans.begin[i], row, begin: spans.begin[i], end: spans.end[i] });
        else ++left;
      }
    }
    if (row.kind === 'lane') findMarks(trace, row, wanted, hits);
    if (row.kind !== 'lane' || row.lane === null) continue;
    const { lane } = row;
    const thread = `${letterOf(row.thread.index)} ${row.label} ${row.thread.nativeId}`.toLowerCase();
    if (thread.includes(wanted) && wanted.length > 1) {
      hits.push({ at: lane.count > 0 ? lane.take[0] : 0, row, lane, turn: 0, isThread: true });
      continue;
    }
    for (let i = 0; i < lane.recorded; ++i) {
      if (++work % 300000 === 0) yield;
      if (!isPlace[lane.place[i]]) continue;
      if (hits.length < kMostHits) hits.push({ at: lane.take[i], row, lane, turn: i });
      else ++left;
    }
  }
  hits.sort((a, b) => a.at - b.at);
  return { hits, left };
}
