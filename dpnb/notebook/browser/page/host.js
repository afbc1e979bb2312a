// Where a browser shows itself: in the place of the saved HTML that bears its key, or as a widget's own view.

import { Browser } from "./browser.js";
import { KernelSource } from "./source.js";

const HOST = "dpnb-browser";
const ARRIVED = "dpnb-browser-arrived";

// An element that tells when it comes into the page: outputs are taken out and put in again as one scrolls and clicks.
export function defineHost() {
  if (customElements.get(HOST)) return;
  class Host extends HTMLElement {
    connectedCallback() {
      window.dispatchEvent(new CustomEvent(ARRIVED, { detail: this }));
    }
  }
  customElements.define(HOST, Host);
}

// Shows the browser in every element of the key that is or comes into the page; gives what ends that.
export function attend(key, source) {
  const browsers = new Map();
  const settle = async (host) => {
    if (host.dataset.key !== key || browsers.has(host)) return;
    for (const [other, browser] of browsers) {
      if (other.isConnected) continue;
      browser.destroy();
      browsers.delete(other);
    }
    const browser = new Browser(source);
    browsers.set(host, browser);
    try {
      await browser.show();
      host.replaceChildren(browser.node);
    } catch (error) {
      host.title = error.message; // what was recorded stays to be seen
    }
  };
  const arrive = (event) => settle(event.detail);
  window.addEventListener(ARRIVED, arrive);
  for (const host of document.querySelectorAll(HOST)) settle(host);
  return () => {
    window.removeEventListener(ARRIVED, arrive);
    for (const browser of browsers.values()) browser.destroy();
  };
}

export default {
  initialize({ model }) {
    const key = model.get("key");
    if (!key) return undefined;
    defineHost();
    const source = new KernelSource(model);
    const leave = attend(key, source);
    return () => {
      leave();
      source.close();
    };
  },

  render({ model, el }) {
    const source = new KernelSource(model);
    const browser = new Browser(source);
    el.append(browser.node);
    browser.show().catch((error) => browser.node.append(error.message));
    return () => {
      browser.destroy();
      source.close();
    };
  },
};
