// The banner that says that the desk cannot be reached, or that one is logged out; and the look that finds out whether
// that is over. What waits for it is done again then.
const banner = document.getElementById("away");
const words = banner.querySelector("span");
const waiting = new Set(); // what to do once it is back
const LATE = 2000; // ms after which whoever waits for an answer is told so
let timer = 0, looking = false;

/** `how`: away, or out where the login has ended meanwhile. */
export function away(again, how = "away") {
  if (again) waiting.add(again);
  words.textContent = words.dataset[how];
  banner.hidden = false;
  if (!timer) timer = setInterval(look, 1500);
}

/** Somebody waits for an answer from now on, and is told so where it is late. Call what comes back when it is there. */
export function slow() {
  const late = setTimeout(() => {
    if (timer) return; // it is away, and says so
    words.textContent = words.dataset.slow;
    banner.hidden = false;
  }, LATE);
  return () => {
    clearTimeout(late);
    if (words.textContent === words.dataset.slow) banner.hidden = true;
  };
}

/** Why an answer is 401: nobody is logged in any more, or somebody else is than the page was drawn for. */
export const gone = (answer) => (answer.headers.has("x-drawn-for-another") ? "other" : "out");

async function look() {
  if (looking) return;
  looking = true; // one at a time: a desk that stands still would be asked ever more
  try {
    await fetch("/static/mark.svg", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
  } catch { return; } finally { looking = false; }
  clearInterval(timer);
  timer = 0;
  const todo = [...waiting];
  waiting.clear();
  for (const each of todo) await each();
  if (timer) return; // it went away again meanwhile
  banner.hidden = true;
  const said = document.getElementById("said");
  if (said) said.textContent = words.dataset.back;
}

addEventListener("online", () => { if (timer) look(); });
