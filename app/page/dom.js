// Elements, made of text only: nothing that comes from the run is ever read as markup.

// make('p', {class: 'x', onclick: f}, 'text', element, ...)
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function replaceChildren(parent, ...children) {
  parent.replaceChildren(...children.filter(Boolean));
}

// A section that the table of contents and screen readers know by its heading; null when there is nothing in it.
export function section(id, title, explanation, ...content) {
  const shown = content.filter(Boolean);
  if (shown.length === 0) return null;
  return make('section', { id, 'aria-labelledby': `${id}-title` }, make('h2', { id: `${id}-title` }, title),
    explanation ? make('p', { class: 'explanation' }, explanation) : null, ...shown);
}

const kMostRows = 30;  // of a table, until one asks for all

// columns: [{title, of(row) -> text or element, number: true, sort(row), hint}]; rows of any kind. A click on a column's
// title sorts by it. `go(row)`: what a click on the row shows, where it shows something.
export function table(caption, columns, rows, go = null) {
  const body = make('tbody');
  let shown = kMostRows;
  let current = rows;
  const fill = (sorted) => replaceChildren(body, ...sorted.slice(0, shown).map((row) => {
    const cells = columns.map((column, i) => {
      const content = column.of(row);
      const tag = i === 0 ? 'th' : 'td';
      const inside = i === 0 && go ? make('button', { type: 'button', class: 'link', onclick: () => go(row) }, content) : content;
      return make(tag, { scope: i === 0 ? 'row' : null, class: column.number ? 'number' : null,
        title: column.hint?.(row) || null }, inside);
    });
    return make('tr', {}, ...cells);
  }));
  const heads = columns.map((column) => {
    if (!column.sort) return make('th', { scope: 'col' }, column.title);
    const head = make('th', { scope: 'col', class: column.number ? 'number' : null });
    head.append(make('button', { type: 'button', class: 'sort', onclick: () => {
      const down = head.getAttribute('aria-sort') !== 'descending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const order = (a, b) => {
        const [x, y] = [column.sort(a), column.sort(b)];
        return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
      };
      fill(current = [...rows].sort(order));
    } }, column.title));
    return head;
  });
  fill(rows);
  const all = rows.length > kMostRows ? make('button', { type: 'button', onclick: () => {
    shown = Infinity;
    fill(current);
    all.remove();
  } }, `show all ${rows.length}`) : null;
  return make('div', {}, make('div', { class: 'scrolls', tabindex: '0', role: 'region', 'aria-label': caption },
    make('table', {}, make('caption', {}, caption), make('thead', {}, make('tr', {}, ...heads)), body)), all);
}
