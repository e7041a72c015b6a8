// What is typed is kept by the server (sealed, under the case's key) at most two seconds later, and on leaving.
import { away } from "./away.js";

const LATEST = 1500; // ms after a key, so that it is there within two seconds
const touched = new Map(); // form -> the answers in which something was typed
let timer = 0;

function answerOf(field) {
  return field.closest("[data-answer]")?.dataset.answer ?? "";
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.draft || event.target.type === "file") return;
  if (!touched.has(form)) touched.set(form, new Set());
  touched.get(form).add(answerOf(event.target));
  note(form, "saving");
  clearTimeout(timer);
  timer = setTimeout(keep, LATEST);
});

function note(form, how) {
  const place = form.querySelector("#saved");
  if (place) place.textContent = place.dataset[how] ?? "";
}

/** What was typed in these answers, as the server takes it; files go with the step itself. */
function typed(form, answers) {
  const data = new URLSearchParams();
  for (const take of answers) if (take) data.append("typed", take);
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string") continue;
    const take = name.includes("|") ? name.split("|")[0] : "";
    if (name === "note" ? answers.has("") : answers.has(take)) data.append(name, value);
  }
  if (form.dataset.draft.startsWith("/open/")) data.set("take", ":keep");
  return data;
}

export async function keep() {
  clearTimeout(timer);
  const now = [...touched];
  touched.clear();
  for (const [form, answers] of now) {
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: typed(form, answers), keepalive: true });
      if (answer.ok) note(form, "saved");
    } catch {
      const again = touched.get(form) ?? touched.set(form, new Set()).get(form);
      for (const take of answers) again.add(take);
      away(keep);
    }
  }
}

/** A form whose content was sent for good: there is nothing to keep any more. */
export function sent(form) {
  touched.delete(form);
}

addEventListener("pagehide", keep);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
document.addEventListener("focusout", (event) => { if (touched.has(event.target.form)) keep(); });
