// The page of a run that is over: its data stand in the page itself.
import { bytesOfBase64 } from './arrays.js';
import { groups } from './format.js';
import { Page, starts } from './page.js';
import { Trace } from './trace.js';
import { inSlices } from './work.js';

function jsonOf(id) { return JSON.parse(document.getElementById(id).textContent); }

export function* decode(page, blocks) {
  let done = 0;
  for (const block of blocks) {
    page.trace.append(Number(block.dataset.thread), bytesOfBase64(block.textContent.trim()));
    block.remove();  // its memory is needed for the next ones
    page.progress.textContent = `reading the turns: ${groups(page.trace.turns)}, ${Math.floor(++done / blocks.length * 100)} %`;
    yield;
  }
  page.progress.textContent = 'putting the turns in order …';
  yield;
  yield* page.trace.settle(true);
}

async function startReport() {
  const report = jsonOf('report');
  const facts = jsonOf('facts');
  const trace = new Trace();
  trace.setFacts(facts);
  for (const row of report.threads) trace.expect(row.index, row.gil, row.turns);
  const page = window.gilscopePage = new Page(trace);
  page.setReport(report, facts);
  await inSlices(decode(page, [...document.querySelectorAll('script.records')]));
  page.progress.remove();
  page.update();
  page.isReady = true;
  await page.countHistograms();
  page.isComplete = true;
}
starts.report = startReport;
