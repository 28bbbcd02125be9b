// Last of all scripts: begins as the page's mode says.
import { starts } from './page.js';

async function start() {
  try {
    await starts[document.body.dataset.mode]();
  } catch (error) {
    const message = document.createElement('p');
    message.className = 'warning';
    message.setAttribute('role', 'alert');
    message.textContent = `! This page cannot show the run: ${error.message}. The file may have been changed or cut off: make it anew with gilscope report --html.`;
    document.body.prepend(message);
    throw error;
  }
}
start();
