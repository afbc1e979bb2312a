// The pages in a notebook's output.

import { RunsBrowser } from "./browser.js";
import { KernelTransport } from "./kernel_transport.js";
import { InnerRouter } from "./routes.js";

const KERNEL_GONE = { message: "The kernel has gone.", hint: "run the cell again to see how the runs stand." };

function showPages({ model, el }) {
  let browser = null;
  const transport = new KernelTransport(model, { waiting: (isWaiting) => browser?.wait(isWaiting) });
  browser = new RunsBrowser({ transport, router: new InnerRouter() });
  model.on("comm_live_update", () => {
    if (!model.comm_live) browser.notices.fail(KERNEL_GONE);
  });
  el.append(browser.node);
  return () => browser.close();
}

export default { render: showPages };
