// Last of all scripts: begins as the page's mode says.
import { starts } from './page.js';

starts[document.body.dataset.mode]();
