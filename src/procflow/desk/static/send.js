// A step is sent without leaving the page. Where its answer was lost the same request is sent again, under the same id,
// so that it is done once; what was typed stays there until an answer has come.
import { away, gone } from "./away.js";
import { keep, sent } from "./drafts.js";
import { draw, parsed } from "./zones.js";

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
  if (answer.status === 401) { // the login has ended: the step is done as soon as somebody has logged in again
    away(() => post(form, data), gone(answer));
    return;
  }
  busy = false;
  form.removeAttribute("aria-busy");
  if (answer.ok || answer.status === 409 || answer.status === 422) {
    sent(form);
    await draw(answer, true);
    return;
  }
  await keep(); // something is wrong that no field can tell: the page stays as it is, with everything in it
  tell(form, await answer.text());
}

function tell(form, text) {
  const notice = parsed(text).querySelector(".notice");
  if (!notice) return;
  document.getElementById("problem")?.remove();
  notice.id = "problem";
  notice.tabIndex = -1;
  notice.setAttribute("role", "alert");
  form.before(notice);
  notice.focus();
}
