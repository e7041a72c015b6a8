// What others change appears here within a second, and never over what somebody types.
//
// A page says what it shows by attributes. <body data-place="…"> is the change up to which it was drawn; data-case="N"
// makes it a case's page. Each [data-zone] is drawn anew when it may have changed: on a case's page the zone `queue` at
// any step and the others at the case's own; on other pages all of them, at what <body data-hears="case organisation …">
// names (case, organisation, messages, procedures; without it the first three). A zone in which somebody types is left
// as it is, and says that there is something newer. [data-presence] tells who else is at the case.
// Every event is also dispatched on `document` as `desk:live`, for modules of single pages.
import { stream } from "./live_stream.js";
import { atCase } from "./live_presence.js";
import { refresh, zones } from "./zones.js";

const EACH = 700; // milliseconds between two looks at the server
const { place, person, hears } = document.body.dataset;
const at = () => document.body.dataset.case ?? ""; // another page may be drawn into this one

let wanted = new Set();
let last = 0;
let timer = null;

/** Draw these zones anew soon: once for many changes, and when somebody looks. */
export function draw(names) {
  for (const name of names) wanted.add(name);
  if (!document.hidden) timer ??= setTimeout(look, Math.max(60, last + EACH - Date.now()));
}

function look() {
  timer = null;
  last = Date.now();
  const names = [...wanted];
  wanted = new Set();
  refresh(names);
}
document.addEventListener("visibilitychange", () => { if (wanted.size) draw([]); });

if (person && place !== undefined) {
  const kinds = new Set((hears ?? "case organisation messages").split(" "));
  const presence = atCase(at);
  const own = (data) => data.number === Number(at()) && data.sequence > Number(document.body.dataset.sequence ?? 0);

  stream(Number(place), (kind, data) => {
    document.dispatchEvent(new CustomEvent("desk:live", { detail: { kind, data } }));
    if (kind === "here") presence.told(data);
    else if (kind === "all") draw(zones());
    else if (!kinds.has(kind)) return;
    else if (!at() || kind === "organisation" || (kind === "case" && own(data))) draw(zones());
    else draw(["queue"]);
  });
}
