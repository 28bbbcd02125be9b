// Long work in slices, so that the page goes on answering.

// Runs a generator to its end, some milliseconds at a time; its result, or undefined once `isCurrent` says no.
export async function inSlices(generator, isCurrent = () => true, ms = 12) {
  for (;;) {
    const until = performance.now() + ms;
    do {
      const { done, value } = generator.next();
      if (done) return value;
    } while (performance.now() < until);
    await nextTurn();
    if (!isCurrent()) return undefined;
  }
}

// Behind input and drawing, without the delay that a timer has.
function nextTurn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
