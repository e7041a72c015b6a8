// One part of a page made like a newer one, changing only what is different: focus, open details, scrolled places and
// everything typed stay.
import { keep } from "./drafts.js";

const words = {
  da: { newer: "Sagen er ændret imens. Det, du har skrevet, er her endnu.", show: "Vis det nye" },
  en: { newer: "The case has changed meanwhile. What you typed is still here.", show: "Show what is new" },
}[document.documentElement.lang] ?? { newer: "", show: "…" };
const FIELD = "input:not([type=hidden]):not([type=submit]):not([type=button]), textarea, select";

// Whether somebody is writing there: a field has the focus, or holds something else than it was drawn with.
export function typedIn(zone) {
  return [...zone.querySelectorAll(FIELD)].some((field) => field === document.activeElement || changed(field));
}

function changed(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field instanceof HTMLSelectElement) {
    const drawn = [...field.options].filter((option) => option.defaultSelected);
    return field.multiple
      ? [...field.options].some((option) => option.selected !== option.defaultSelected)
      : field.selectedIndex > 0 ? !(drawn[0] ?? field.options[0])?.selected : drawn.length > 0 && !drawn[0].selected;
  }
  if (field.type === "file") return field.files.length > 0;
  return field.value !== field.defaultValue;
}

// Says in a part in which somebody types that there is something newer, and shows it when that is wished for.
export function newer(zone) {
  if (zone.querySelector(":scope > .newer")) return;
  const notice = document.createElement("div");
  notice.className = "notice soon newer";
  notice.setAttribute("role", "status");
  const text = document.createElement("div");
  const said = document.createElement("b");
  said.textContent = words.newer;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.show;
  button.addEventListener("click", () => show(zone));
  text.append(said, button);
  notice.append(text);
  zone.prepend(notice);
}

// Draws the page anew. It is told in which answers something is typed, so that it shows that also where they are gone.
async function show(zone) {
  const begun = [...zone.querySelectorAll("[data-answer]")].filter((answer) => [...answer.querySelectorAll(FIELD)].some(changed));
  await keep();
  const there = new URL(location.href);
  there.hash = "";
  there.searchParams.set("typed", begun.map((answer) => answer.dataset.answer).join(","));
  location.replace(there);
}

// One element made like another. Children are matched by id, data-live-key, data-row's href, or their place.
function key(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  return node.id || node.dataset?.liveKey || (node.matches("a[href]") ? `a ${node.getAttribute("href")}` : node.firstElementChild?.matches?.("a[data-row]") ? `row ${node.firstElementChild.getAttribute("href")}` : "");
}

export function morph(old, fresh) {
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !(name === "open" && old.localName === "details")) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value && !(name === "open" && old.localName === "details")) old.setAttribute(name, value);
  if (old.matches(FIELD)) {
    if (old.localName === "input" && old.type !== "file" && old.value !== fresh.value) old.value = fresh.value;
    if (old.localName === "input") old.checked = fresh.checked;
    if (old.localName === "textarea") { old.defaultValue = fresh.defaultValue; old.value = fresh.defaultValue; return; }
  }
  const kept = new Map();
  for (const child of old.childNodes) if (key(child)) kept.set(key(child), child);
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const name = key(child);
    let match = name ? kept.get(name) : null;
    if (match && match.nodeName !== child.nodeName) match = null;
    if (match) kept.delete(name);
    else if (at && !key(at) && !name && at.nodeName === child.nodeName && at.nodeType === child.nodeType) match = at;
    if (!match) {
      old.insertBefore(document.importNode(child, true), at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else old.insertBefore(match, at);
    if (match.nodeType === Node.ELEMENT_NODE) { if (!match.isEqualNode(child)) morph(match, child); }
    else if (match.nodeValue !== child.nodeValue) match.nodeValue = child.nodeValue;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}
