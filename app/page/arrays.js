// Arrays of numbers that grow, and searching in them. Nothing of a run.

// A typed array with room for at least `size` numbers that begins with those of `array`.
export function grown(array, size) {
  if (size <= array.length) return array;
  const larger = new array.constructor(Math.max(size, Math.ceil(array.length * 1.6), 64));
  larger.set(array);
  return larger;
}

// How many of the first `count` numbers of the ascending `array` are <= x. It looks near `hint` first: whoever goes
// along a row passes what it got for the column before, and as `step` by how much that was more than the one before.
export function countUpTo(array, count, x, hint = 0, step = 1) {
  let low = 0;
  let high = count;
  if (hint > count) hint = count;
  if (hint > 0) {
    if (array[hint - 1] <= x) {
      low = hint;
      for (; low + step <= count && array[low + step - 1] <= x; step *= 2) low += step;
      high = Math.min(count, low + step - 1);
    } else {
      high = hint - 1;
      step = 1;
      for (; high - step >= 0 && array[high - step] > x; step *= 2) high -= step;
      low = Math.max(0, high - step);
    }
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (array[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Bytes of base64 text. (atob() where the browser has no faster way.)
export function bytesOfBase64(text) {
  if (typeof Uint8Array.fromBase64 === 'function') return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
