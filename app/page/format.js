// Numbers, times and places as text. All of it goes into the page as text, never as markup.

const kUnits = [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']];

// A length of time, with three digits that count.
export function timeText(ns) {
  if (ns === null || ns === undefined) return '';
  if (ns === 0) return '0';
  const size = Math.abs(ns);
  if (size >= 100e9) return `${groups(Math.round(ns / 1e9))} s`;
  const [unit, name] = kUnits.find(([one]) => size >= one * 0.9995) ?? kUnits[3];
  const value = ns / unit;
  const digits = unit === 1 ? 0 : Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${name}`;
}
// A moment, to the nanosecond, as seconds: 1.234 567 890 s.
export function momentText(ns) {
  const whole = Math.floor(Math.max(ns, 0) / 1e9);
  const rest = String(Math.floor(Math.max(ns, 0) % 1e9)).padStart(9, '0');
  return `${groups(whole)}.${rest.slice(0, 3)} ${rest.slice(3, 6)} ${rest.slice(6)} s`;
}
export function groups(number) { return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ','); }
export function percentText(share) {
  if (!Number.isFinite(share)) return '';
  const percent = share * 100;
  return `${percent >= 99.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}
export function bytesText(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  for (; bytes >= 1024 && i < units.length - 1; ++i) bytes /= 1024;
  return `${i === 0 ? bytes : bytes.toFixed(1)} ${units[i]}`;
}

// Text from the run may turn the direction of what stands around it, or break lines: such characters are shown as dots.
export function plain(text) {
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '·');
}
export function elided(text, most) {
  return text.length <= most ? text : `${text.slice(0, Math.ceil(most / 2) - 1)}…${text.slice(-Math.floor(most / 2))}`;
}

// [file, line, function] in short: the file without its folders.
export function placeShort([file, line, name]) {
  const base = file.slice(file.lastIndexOf('/') + 1);
  const where = line ? `${base}:${line}` : base;
  return plain(name && name !== '<module>' ? `${where} ${name}` : where);
}
export function placeLong([file, line, name]) {
  return plain(`${line ? `${file}:${line}` : file}${name ? ` ${name}` : ''}`);
}
// As the report's JSON says it: {file, line, function, callers}; null: not known.
export function reportPlace(place) {
  if (!place) return { short: 'no known line', long: 'a thread that began or ended, or ran no Python' };
  const line = (one) => [one.file, one.line, one.function];
  const all = [place, ...(place.callers ?? [])];
  const caller = all.length > 1 ? placeShort(line(all.at(-1))) : '';
  return { short: placeShort(line(place)), caller, long: all.map((one) => placeLong(line(one))).join('\ncalled by ') };
}

// Round moments for an axis: at least `least` px apart.
export function axisStep(ns, width, least) {
  const rough = ns * least / width;
  const unit = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-3)));
  return [1, 2, 5, 10].map((n) => n * unit).find((step) => step >= rough);
}
// A moment on the axis: as exact as the step asks.
export function axisText(ns, step) {
  const [unit, name] = kUnits.find(([one]) => Math.max(ns, step) >= one) ?? kUnits[3];
  const digits = Math.max(0, Math.ceil(Math.log10(unit / step) - 1e-9));
  return `${(ns / unit).toFixed(Math.min(digits, 9))} ${name}`;
}
