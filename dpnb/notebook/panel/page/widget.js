// The panel in a notebook's output, or in the place of one.

import { appear, mount } from "./panel.js";

export default { initialize: ({ model }) => appear(model), render: ({ model, el }) => mount(model, el) };
