// What is typed is kept by the server (sealed, under the case's key) at most two seconds later, and on leaving.
import { away, gone } from "./away.js";
import { draw } from "./zones.js";

const LATEST = 1500; // ms after a key, so that it is there within two seconds
const AFTER = 400; // ms after which what was sent on leaving has come
const LONG = 10_000; // ms after which an answer is not waited for any more
const SMALL = 60_000; // bytes that a browser goes on sending when the page is left: 64 KiB, of all that is on its way
const touched = new Map(); // form -> answer -> the names of its fields in which something was typed
let timer = 0;
let going = Promise.resolve(); // what is on its way to the server

function answerOf(field) {
  return field.closest("[data-answer]")?.dataset.answer ?? "";
}

function touch(field) {
  const form = field.form;
  if (!form?.dataset.draft || field.type === "file") return;
  if (!touched.has(form)) touched.set(form, new Map());
  add(touched.get(form), answerOf(field), [field.name]);
  note(form, "saving");
  clearTimeout(timer);
  timer = setTimeout(keep, LATEST);
}

document.addEventListener("input", (event) => touch(event.target));

function add(answers, take, names) {
  answers.set(take, new Set([...(answers.get(take) ?? []), ...names]));
}

function note(form, how) {
  const place = form.querySelector("#saved");
  if (place) place.textContent = place.dataset[how] ?? "";
}

/** What was typed in these answers, as the server takes it; files go with the step itself. Of an answer only the fields
 * that were changed here count: the same case may be open in another window, with something newer in the others. */
function typed(form, answers) {
  const data = new URLSearchParams();
  for (const take of answers.keys()) if (take) data.append("typed", take);
  for (const names of answers.values()) for (const name of names) data.append("changed", name);
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string") continue;
    const take = name.includes("|") ? name.split("|")[0] : "";
    if (name === "note" ? answers.has("") : answers.has(take)) data.append(name, value);
  }
  data.set("drawn_for", form.elements.drawn_for?.value ?? "");
  if (form.dataset.draft.startsWith("/open/")) data.set("take", ":keep");
  return data;
}

async function send(form, body) {
  const how = { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body, signal: AbortSignal.timeout(LONG) };
  if (body.length > SMALL) return fetch(form.dataset.draft, how);
  try {
    return await fetch(form.dataset.draft, { ...how, keepalive: true });
  } catch { // the desk is away, or too much is on its way already
    return fetch(form.dataset.draft, how);
  }
}

/** What is typed is sent once what is on its way has come, or has not: an older text never comes after a newer one. */
export function keep() {
  clearTimeout(timer);
  going = going.then(keepNow);
  return going;
}

async function keepNow() {
  const now = [...touched];
  touched.clear();
  for (const [form, answers] of now) {
    let status = 0, how = "away";
    try {
      const answer = await send(form, typed(form, answers).toString());
      status = answer.status;
      if (status === 401) how = gone(answer);
    } catch { /* the desk is away */ }
    if (status === 204) {
      if (!touched.has(form)) note(form, "saved"); // or something was typed since
      continue;
    }
    note(form, "");
    if (status && status !== 401 && status < 500) continue; // it is not taken, and trying again would change nothing
    const again = touched.get(form) ?? touched.set(form, new Map()).get(form);
    for (const [take, names] of answers) add(again, take, names);
    away(keep, how);
  }
}

/** A form whose content was sent for good: there is nothing to keep any more but what was typed in `fields` since. */
export async function sent(form, fields) {
  await going;
  touched.delete(form);
  for (const field of fields) touch(field);
  if (fields.length) await keep();
}

// The next page is asked for while this is on its way, and may be drawn without it: it is told to look once more.
const LEFT = "left-while-typing";
addEventListener("pagehide", () => {
  if (touched.size) sessionStorage.setItem(LEFT, location.pathname);
  keepNow(); // there is no later
});
if (sessionStorage.getItem(LEFT)) {
  const here = sessionStorage.getItem(LEFT) === location.pathname;
  sessionStorage.removeItem(LEFT);
  if (here) setTimeout(async () => {
    if (touched.size) return; // somebody types again already
    const answer = await fetch(location.href).catch(() => null);
    if (answer?.ok && !touched.size) draw(answer);
  }, AFTER);
}
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keepNow(); });
document.addEventListener("focusout", (event) => { if (touched.has(event.target.form)) keep(); });

// what was typed before this module was there, or what a browser that came back has put into the fields
for (const field of document.querySelectorAll("form[data-draft] :is(input, textarea)")) {
  const tick = field.type === "checkbox" || field.type === "radio";
  if (tick ? field.checked !== field.defaultChecked : field.value !== field.defaultValue) touch(field);
}
