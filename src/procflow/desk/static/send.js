// A step is sent without leaving the page. Where its answer was lost the same request is sent again, under the same id,
// so that it is done once; what was typed stays there until an answer has come.
import { away } from "./away.js";
import { sent } from "./drafts.js";
import { draw } from "./zones.js";

let busy = false;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-step]") || event.defaultPrevented) return;
  event.preventDefault();
  if (busy) return;
  const pressed = ours(form, event.submitter);
  const data = new FormData(form, pressed);
  busy = true;
  form.setAttribute("aria-busy", "true");
  post(form, data);
});

/** Enter in a field means the answer that it stands in, not the first button of the page. */
function ours(form, pressed) {
  if (pressed && pressed.value !== ":keep") return pressed;
  const here = document.activeElement?.closest("[data-answer]");
  return here?.querySelector("[data-key=do]") ?? form.querySelector("[data-key=save]") ?? pressed;
}

async function post(form, data) {
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: data });
  } catch {
    away(() => post(form, data));
    return;
  }
  busy = false;
  form.removeAttribute("aria-busy");
  sent(form);
  await draw(answer, true);
}
