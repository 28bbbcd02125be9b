// Colours: those of the page's style (page.css), as the canvas needs them. Threads that hold longest get a colour of
// their own; all others share one. A letter says the same as the colour.

const kNames = ['ink', 'faint', 'paper', 'lane', 'line', 'wait', 'wait-line', 'request', 'accent', 'hit', 'kernel',
  'kernel-hold', 'tile', 'span-ink', 'region', 'collection', 'on-color', 'others', 'thread-0', 'thread-1', 'thread-2', 'thread-3'];
export const kThreadColours = 4;

export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const theme = {};
  for (const name of kNames) theme[name] = style.getPropertyValue(`--${name}`).trim();
  theme.threads = [0, 1, 2, 3].map((i) => theme[`thread-${i}`]);
  theme.pixels = Object.fromEntries(kNames.map((name) => [name, pixelOf(theme[name])]));
  theme.threadPixels = theme.threads.map(pixelOf);
  return theme;
}

// #rrggbb as a pixel in memory.
function pixelOf(colour) {
  const number = parseInt(colour.slice(1), 16);
  return (0xff000000 | (number & 255) << 16 | (number >> 8 & 255) << 8 | number >> 16) >>> 0;
}

// light, dark, or what the system says; kept in the page's address, which needs no permission.
export function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = isDark ? 'light' : 'dark';
}

// A, B, ... Z, AA, ...: by a thread's index.
export function letterOf(index) {
  let text = '';
  for (let n = index + 1; n > 0; n = Math.floor((n - 1) / 26)) text = String.fromCharCode(65 + (n - 1) % 26) + text;
  return text;
}

// Gives each lane its colour's number; those beyond the last share `kThreadColours`.
export function colourLanes(trace) {
  const lanes = trace.gils.flatMap((gil) => gil?.lanes ?? []);
  const held = (lane) => lane.holdSum[lane.count];
  const threads = [...new Set(lanes.map((lane) => lane.thread))];
  const total = new Map(threads.map((thread) => [thread, thread.lanes.reduce((sum, lane) => sum + held(lane), 0)]));
  // While few threads are there, each keeps its colour from the first moment on.
  const byRank = threads.length <= kThreadColours ? threads.sort((a, b) => a.index - b.index)
    : threads.sort((a, b) => total.get(b) - total.get(a) || a.index - b.index);
  byRank.forEach((thread, rank) => { thread.colour = Math.min(rank, kThreadColours); });
}
