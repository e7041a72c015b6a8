// Draws a page that came over the network into this one: the zones are exchanged, focus and scroll stay where they were.
// Its markup is our own server's, escaped there; it passes one gate, this policy.
import { morph, newer, typedIn } from "./morph.js";

const gate = globalThis.trustedTypes?.createPolicy("desk", { createHTML: (text) => text }) ?? { createHTML: (t) => t };

export function parsed(text) {
  return new DOMParser().parseFromString(gate.createHTML(text), "text/html");
}

let pages = 0; // drawn in place of each other, so that what comes for one of them is not put into the next

/** Show an answer in place of this page; `moved`: something was done, so that the focus goes to what comes next. */
export async function draw(answer, moved = false) {
  const page = parsed(await answer.text());
  const main = page.getElementById("main");
  if (!main) { location.assign(answer.url); return; }
  const scrolls = kept();
  pages += 1;
  document.title = page.title;
  document.getElementById("main").replaceChildren(...main.childNodes);
  for (const name of ["case", "sequence"]) {
    if (page.body.dataset[name]) document.body.dataset[name] = page.body.dataset[name];
    else delete document.body.dataset[name];
  }
  const url = new URL(answer.url);
  if (answer.redirected) history.pushState(null, "", url.pathname + url.search);
  here = location.pathname + location.search;
  restore(scrolls, ["queue"]);
  if (moved) focusNext();
  document.dispatchEvent(new CustomEvent("desk:drawn"));
}

const kept = () => new Map([...document.querySelectorAll("[data-zone]")].map((zone) => [zone.dataset.zone, zone.scrollTop]));

function restore(scrolls, names) {
  for (const zone of document.querySelectorAll("[data-zone]"))
    if (names.includes(zone.dataset.zone)) zone.scrollTop = scrolls.get(zone.dataset.zone) ?? 0;
}

/** Where to go on: what is wrong, else the first field of what is unfolded, else the answers. */
function focusNext() {
  const bad = document.querySelector("[aria-invalid=true]");
  const problem = document.getElementById("problem");
  const open = document.querySelector(".answer[open] :is(input:not([type=hidden]), select, textarea, button)");
  const first = bad ?? problem ?? open ?? document.querySelector(".answer > summary") ?? document.getElementById("main");
  first.focus();
  const said = document.getElementById("said");
  const told = document.querySelector("#problem b, #done li");
  if (said && told) said.textContent = told.textContent;
}

/** Somebody else changed something: draw these zones anew, the script only where the case moved and nobody types in it.
    What was said of one's own step stays: a host often takes the next one a moment later. */
export async function refresh(names = zones()) {
  const asked = pages;
  let answer;
  try {
    answer = await fetch(location.pathname + location.search, { headers: { "X-Live": "1" } });
  } catch { return; }
  if (!answer.ok) return;
  const page = parsed(await answer.text());
  if (asked !== pages) { await refresh(names); return; } // it knows nothing of what was done meanwhile
  if (page.body.dataset.person !== document.body.dataset.person) return;
  const moved = page.body.dataset.sequence !== document.body.dataset.sequence;
  for (const zone of page.querySelectorAll("[data-zone]")) {
    const old = document.querySelector(`[data-zone="${CSS.escape(zone.dataset.zone)}"]`);
    if (!old || !names.includes(zone.dataset.zone)) continue;
    const script = zone.dataset.zone === "script";
    if (script && !moved) continue;
    if (typedIn(old) || old.querySelector("form[aria-busy], .answer[open]")) {
      if (script) newer(old);
      continue;
    }
    if (script && page.body.dataset.sequence) document.body.dataset.sequence = page.body.dataset.sequence;
    morph(old, zone);
  }
  document.dispatchEvent(new CustomEvent("desk:drawn"));
}

/** The zones of this page. */
export const zones = () => [...document.querySelectorAll("[data-zone]")].map((zone) => zone.dataset.zone);

let here = location.pathname + location.search;
addEventListener("popstate", async () => {
  if (location.pathname + location.search === here) return; // only another part of the same page
  here = location.pathname + location.search;
  await draw(await fetch(location.href));
});
document.addEventListener("desk:refresh", (event) => refresh(event.detail?.zones));

document.querySelector(".answer[open]")?.scrollIntoView({ block: "nearest" });

// after a page that a form led to, the focus is where the work goes on
if (new URLSearchParams(location.search).has("after") || document.getElementById("problem")) focusNext();

// an answer that is unfolded is seen whole, where there is room
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".answer[open]")) event.target.scrollIntoView({ block: "nearest" });
}, true);
