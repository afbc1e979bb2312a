// Questions that must be answered before anything is done, in the page itself.

import { button, element } from "../../notebook/page_parts/elements.js";

// Resolves to what was typed (or true) when `action` is chosen, else to null.
export function confirmed(host, { title, lines = [], action, isDanger = false, field = null }) {
  return new Promise((resolve) => {
    const typed = field && element("input", { type: "text", "aria-label": field.label, value: field.value ?? "" });
    const finish = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const yes = button(action, "", () => finish(typed ? typed.value : true), { class: isDanger ? "danger" : "primary" });
    const no = button("Cancel", "", () => finish(null));
    const heading = element("strong", { class: "question", text: title, id: `dpnb-question-${Math.random().toString(36).slice(2)}` });
    const dialog = element("dialog", { class: "dpnb-dialog", "aria-labelledby": heading.id }, [
      heading,
      ...lines.map((line) => (typeof line === "string" ? element("p", { text: line }) : line)),
      typed,
      element("div", { class: "answers" }, [no, yes]),
    ]);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      finish(null);
    });
    dialog.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" || event.target !== typed) return;
      event.preventDefault(); // else it would press the button that the focus goes back to
      finish(typed.value);
    });
    host.append(dialog);
    dialog.showModal();
    (typed ?? (isDanger ? no : yes)).focus();
  });
}
