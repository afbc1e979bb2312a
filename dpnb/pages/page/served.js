// The pages in a browser, from `dpnb serve`.

import { RunsBrowser } from "./browser.js";
import { HttpTransport } from "./http_transport.js";
import { AddressRouter } from "./routes.js";

const xsrf = document.querySelector("meta[name=dpnb-xsrf]").content;
const transport = new HttpTransport({ root: new URL(".", document.baseURI), xsrf, page: window });
const browser = new RunsBrowser({ transport, router: new AddressRouter(), keys: document });
document.body.append(browser.node);
