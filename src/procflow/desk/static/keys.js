// Every way by keyboard. No combination with Ctrl+Alt: that is AltGr on Danish keyboards. Esc never empties anything.
const typing = (el) => el && el.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const overlay = document.getElementById("keys");
const opener = document.getElementById("show-keys");
opener.hidden = false;
opener.addEventListener("click", () => overlay.showModal());

let waiting = ""; // the first of two letters
const rows = () => [...document.querySelectorAll("[data-row]")];

function move(by) {
  const all = rows();
  if (!all.length) return;
  let at = all.indexOf(document.activeElement);
  if (at < 0) at = all.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  all[next].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || overlay.open) return;
  const { key, altKey, ctrlKey, metaKey } = event;
  if (altKey && !ctrlKey && !metaKey && /^Digit[1-9]$/.test(event.code)) {
    const target = document.querySelector(`[data-key="${event.code.slice(5)}"]`);
    if (!target) return;
    event.preventDefault();
    const answer = target.closest("details");
    if (answer && !answer.open) answer.open = true;
    const first = answer?.querySelector(".inside :is(input:not([type=hidden]), select, textarea, button)");
    (first ?? target).focus();
    return;
  }
  if (key === "F2" && !altKey && !ctrlKey) return go(event, "[data-key=note]");
  if (key === "F4" && !altKey && !ctrlKey) return go(event, ".answer-grid .answer > summary");
  if (key === "Enter" && (ctrlKey || metaKey) && !altKey) {
    const form = document.activeElement?.form ?? document.querySelector("form[data-step]");
    if (!form?.matches("[data-step]")) return;
    event.preventDefault();
    const answer = document.activeElement.closest(".answer") ?? form.querySelector(".answer[open]");
    const main = (answer ?? form).querySelector("[data-key=save]") ?? form.querySelector('[value=":note"]');
    const only = !answer && document.activeElement.matches("#note") ? form.querySelector('[value=":note"]') : null;
    const chosen = only ?? main;
    if (chosen && (answer || only || !form.querySelector(".answer"))) form.requestSubmit(chosen);
    return;
  }
  if (key === "Escape" && typing(document.activeElement)) {
    document.activeElement.blur(); // what was typed stays, and is kept
    return;
  }
  if (ctrlKey || altKey || metaKey || typing(document.activeElement)) return;
  if (waiting === "g" && key === "i") { waiting = ""; location.assign("/"); return; }
  waiting = key === "g" ? "g" : "";
  if (key === "j" || key === "k") { event.preventDefault(); move(key === "j" ? 1 : -1); }
  else if ((key === "ArrowDown" || key === "ArrowUp") && document.activeElement?.matches("[data-row]")) { event.preventDefault(); move(key === "ArrowDown" ? 1 : -1); }
  else if (key === "/") go(event, "#find");
  else if (key === "?") { event.preventDefault(); overlay.showModal(); }
});

function go(event, selector) {
  const target = document.querySelector(selector);
  if (!target) return;
  event.preventDefault();
  target.focus();
  target.scrollIntoView({ block: "nearest" });
  target.select?.();
}
