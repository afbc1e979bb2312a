// The pages in a notebook's output.

import { RunsBrowser } from "./browser.js";
import { KernelTransport } from "./kernel_transport.js";
import { InnerRouter } from "./routes.js";

const KERNEL_GONE = { message: "The kernel has gone.", hint: "run the cell again to see how the runs stand." };

function showPages({ model, el }) {
  let browser = null;
  const transport = new KernelTransport(model, { waiting: (isWaiting) => browser?.wait(isWaiting) });
  browser = new RunsBrowser({ transport, router: new InnerRouter() });
  const look = () => {
    if (!model.comm_live) browser.notices.fail(KERNEL_GONE);
  };
  model.on("comm_live_update", look);
  el.append(browser.node);
  return () => {
    model.off("comm_live_update", look);
    browser.close();
  };
}

export default { render: showPages };
