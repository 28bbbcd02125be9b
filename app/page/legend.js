// What colours, patterns and keys mean.
import { make } from './dom.js';

export function legend() {
  const entry = (kind, text) => make('li', {}, make('span', { class: `key ${kind}`, 'aria-hidden': 'true' }), text);
  return make('ul', { class: 'legend', 'aria-label': 'What is drawn' },
    entry('hold', 'holds the GIL (each thread its colour and letter)'), entry('wait', 'waits for it'),
    entry('outside', 'outside: native code, I/O, sleep'), entry('request', 'drop request'),
    entry('kernel', 'native section without the GIL'), entry('kernel-hold', 'native section that holds it'),
    entry('tile', 'its tiles, on each native thread'), entry('region', 'region'), entry('collection', 'garbage collection'),
    make('li', {}, make('b', {}, 'G'), ' gave it away, ', make('b', {}, 'A'), ' was asked to'));
}

const kKeys = [
  ['W, S', 'zoom in and out (the wheel does it at the pointer)'], ['A, D, ← →', 'move left and right (or drag)'],
  ['↑ ↓', 'scroll the lanes (or Shift and the wheel)'], ['F', 'fit the selection, or the chosen turn'], ['0', 'the whole run'],
  ['Home, End', 'the begin, the end'], ['drag on the ruler', 'select a part: its numbers appear below the lanes (also Shift and drag)'],
  ['click', 'a turn: whom it kept waiting, who handed over'], [', and .', 'the thread’s turn before and after the chosen one (none is: the first that is shown)'],
  ['[ and ]', 'the GIL’s turn before and after it'], ['/', 'search a place (file, function, line), a thread, a region or a mark'],
  ['Enter, N, P', 'the next and the previous hit'], ['Esc', 'away with it'], ['?', 'this help'],
];
export function help(close) {
  return make('div', { class: 'help', hidden: true, role: 'dialog', 'aria-label': 'Help' },
    make('h2', {}, 'Moving about'),
    make('dl', {}, ...kKeys.flatMap(([key, what]) => [make('dt', {}, key), make('dd', {}, what)])),
    make('h2', {}, 'Words'),
    make('p', {}, 'A turn is one stretch of holding the GIL, from take to drop. Wait: from wanting it to taking it. Outside: neither '
      + 'waiting nor holding. A drop request comes when a waiter’s switch interval (5 ms as a rule) ran out; obeyed after: from the '
      + 'first request to the drop. A hand-over goes from one thread’s drop to the take of another that was waiting by then. '
      + 'What a lane’s name says of its thread, in %, is of the time that is shown.'),
    make('button', { type: 'button', onclick: close }, 'close'));
}
