// The pages in a notebook: beside the table that its output holds, or in a view of their own where one is needed.

import { Mounts } from "../../notebook/panel/page/mounts.js";
import { RunsBrowser } from "./browser.js";
import { KernelTransport } from "./kernel_transport.js";
import { InnerRouter } from "./routes.js";

const LOOK_AGAIN_MS = 1000;
const KERNEL_GONE = { message: "The kernel has gone.", hint: "run the cell again to see how the runs stand." };

function openedPages(model) {
  let browser = null;
  const transport = new KernelTransport(model, { waiting: (isWaiting) => browser?.wait(isWaiting) });
  browser = new RunsBrowser({ transport, router: new InnerRouter() });
  const look = () => {
    if (!model.comm_live) browser.notices.fail(KERNEL_GONE);
  };
  model.on("comm_live_update", look);
  // An output that is scrolled away comes back; one whose cell is run again does not, and nobody tells its pages.
  let wasSeen = false;
  const timer = setInterval(() => {
    wasSeen ||= browser.node.isConnected;
    if (browser.node.isConnected) transport.wake();
    else if (wasSeen) transport.rest();
  }, LOOK_AGAIN_MS);
  const destroy = () => {
    clearInterval(timer);
    model.off("comm_live_update", look);
    browser.close();
  };
  return { node: browser.node, resize: () => {}, destroy };
}

function initialize({ model }) {
  const place = model.get("place");
  if (!place) return () => {};
  const mounts = new Mounts({ place, order: 0, make: () => openedPages(model) });
  return () => mounts.close();
}

function render({ model, el }) {
  const pages = openedPages(model);
  el.append(pages.node);
  return pages.destroy;
}

export default { initialize, render };
