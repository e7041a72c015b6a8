// The stream of events, once for all pages of this desk in a browser: a browser opens six connections to a server and no
// more, so that of many open pages one listens and tells the others. Where browsers have no locks each page listens.
const words = {
  da: { away: "Forbindelsen er væk: siden viser ikke, hvad andre ændrer. Det, du skriver, bliver her.", gone: "Du er logget ud, eller din adgang er ændret. Hent siden igen." },
  en: { away: "The connection is gone: the page does not show what others change. What you type stays here.", gone: "You are logged out, or what you may do has changed. Load the page again." },
}[document.documentElement.lang] ?? {};
const KEPT = new Set(["case", "organisation", "all"]);
const SILENT = 26_000; // the server says something every ten seconds

export function stream(place, tell) {
  const name = `procflow-live-${document.body.dataset.person}`;
  const others = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
  let seen = place;
  let leader = false;

  function take(kind, data, id) {
    if (id) {
      if (id <= seen) return; // told already, or drawn already
      seen = id;
    }
    if (kind === "beat") { if (data.place > seen) seen = data.place; return; }
    if (kind !== "away" && kind !== "gone" && kind !== "back") return tell(kind, data);
    banner(kind);
  }

  function listen() {
    leader = true;
    let source = null;
    let heard = 0;
    let away = false;
    const say = (kind, data, id) => { others?.postMessage({ kind, data, id }); take(kind, data, id); };
    const open = () => {
      source?.close();
      heard = Date.now();
      source = new EventSource(`/live?after=${seen}`);
      source.onerror = () => { if (!away && Date.now() - heard > 1500) { away = true; say("away", {}); } };
      for (const kind of ["case", "organisation", "procedures", "messages", "here", "all", "beat", "gone"])
        source.addEventListener(kind, (event) => {
          heard = Date.now();
          if (away) { away = false; say("back", {}); say("all", {}); }
          if (kind === "gone") source.close();
          // the last id stays with events that have none of their own
          say(kind, JSON.parse(event.data), KEPT.has(kind) ? Number(event.lastEventId) || 0 : 0);
        });
    };
    open();
    setInterval(() => {
      if (Date.now() - heard < (source.readyState === EventSource.OPEN ? SILENT : 4000)) return;
      if (!away) { away = true; say("away", {}); }
      open(); // half-open connections and refused ones do not come back by themselves
    }, 2000);
  }

  others?.addEventListener("message", ({ data: said }) => {
    if (said.ask !== undefined) { if (leader && seen > said.ask) others.postMessage({ kind: "all", data: {} }); }
    else take(said.kind, said.data, said.id);
  });
  if (others && navigator.locks) {
    navigator.locks.request(name, () => { listen(); return new Promise(() => {}); });
    others.postMessage({ ask: seen }); // what happened between the drawing of this page and now
  } else listen();
}

let shown = null;
function banner(kind) {
  if (kind === "back") { shown?.remove(); shown = null; return; }
  if (!shown) {
    shown = document.createElement("div");
    shown.className = "away";
    shown.id = "live-away";
    shown.setAttribute("role", "status");
    document.getElementById("main")?.before(shown);
  }
  shown.textContent = words[kind] ?? "";
}
