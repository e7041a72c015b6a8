// A step is sent without leaving the page. Where its answer was lost the same request is sent again, under the same id,
// so that it is done once; what was typed stays there until an answer has come.
import { away, gone, slow } from "./away.js";
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
  post(form, data, standing(form));
});

const tick = (field) => field.type === "checkbox" || field.type === "radio";

/** What a field says now. */
function said(field) {
  if (tick(field)) return field.checked;
  return field.selectedOptions ? [...field.selectedOptions].map((option) => option.value).join("\n") : field.value;
}

/** What stands in a form as it is sent: field -> what it says. */
function standing(form) {
  const fields = [...form.elements].filter((field) => field.matches("input:not([type=hidden], [type=file]), textarea, select"));
  return new Map(fields.map((field) => [field, said(field)]));
}

/** What was typed while the answer was on its way, into the page of the same case that came with it. */
function typeAgain(place, fields, writing) {
  const form = [...document.querySelectorAll("form[data-draft]")].find((one) => one.dataset.draft === place);
  for (const field of fields) {
    const fresh = [...(form?.elements ?? [])].find((one) => one.name === field.name && (!tick(field) || one.value === field.value));
    if (!fresh) continue; // its answer is gone, or the page is of another case: it is kept as a draft
    if (tick(field)) fresh.checked = field.checked;
    else if (fresh.options) for (const option of fresh.options) option.selected = [...field.selectedOptions].some((one) => one.value === option.value);
    else fresh.value = field.value;
    fresh.dispatchEvent(new Event("input", { bubbles: true }));
    if (field === writing) fresh.focus();
  }
}

/** Enter in a field means the answer that it stands in, not the first button of the page. */
function ours(form, pressed) {
  if (pressed && pressed.value !== ":keep") return pressed;
  const here = document.activeElement?.closest("[data-answer]");
  return here?.querySelector("[data-key=do]") ?? form.querySelector("[data-key=save]") ?? pressed;
}

async function post(form, data, before) {
  let answer;
  const came = slow();
  try {
    answer = await fetch(form.action, { method: "POST", body: data });
  } catch {
    away(() => post(form, data, before));
    return;
  } finally { came(); }
  if (answer.status === 401) { // the login has ended: the step is done as soon as somebody has logged in again
    away(() => post(form, data, before), gone(answer));
    return;
  }
  busy = false;
  form.removeAttribute("aria-busy");
  if (answer.ok || answer.status === 409 || answer.status === 422) {
    const since = [...before.keys()].filter((field) => said(field) !== before.get(field));
    const writing = document.activeElement;
    await sent(form, since);
    await draw(answer, true);
    typeAgain(form.dataset.draft, since, writing);
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
