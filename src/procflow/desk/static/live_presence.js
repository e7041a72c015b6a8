// Who else is at this case. The page says every ten seconds that somebody looks or types, and when they go.
const danish = document.documentElement.lang === "da";
const page = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
const me = document.body.dataset.person;

/** `at()` gives the number of the case that is shown, "" where none is. */
export function atCase(at) {
  let number = "";
  let typed = 0;
  let said = "gone";
  let there = [];
  const doing = () => (document.hidden ? "gone" : Date.now() - typed < 8000 ? "typing" : "looking");

  function say(what) {
    if (!number || (what === "gone" && said === "gone")) return;
    said = what;
    const form = new URLSearchParams({ case: number, page, doing: what });
    if (what === "gone") navigator.sendBeacon("/live/here", form);
    else fetch("/live/here", { method: "POST", body: form, keepalive: true }).catch(() => {});
  }
  function moved() {
    if (at() === number) return;
    say("gone");
    number = at();
    typed = 0;
    show([]);
    say(doing());
  }
  moved();
  document.addEventListener("desk:drawn", moved);
  setInterval(() => say(doing()), 10_000);
  setInterval(() => { if (said === "typing" && doing() === "looking") say("looking"); }, 1000);
  document.addEventListener("input", () => {
    typed = Date.now();
    if (said !== "typing") say("typing");
  });
  document.addEventListener("visibilitychange", () => say(doing()));
  addEventListener("pagehide", () => say("gone"));
  addEventListener("pageshow", () => say(doing()));

  function show(people) {
    there = people;
    for (const place of document.querySelectorAll("[data-presence]")) place.textContent = sentence(there);
  }
  document.addEventListener("desk:drawn", () => show(there));
  return {
    told(data) {
      if (data.number === Number(number)) show(data.people.filter((one) => one.person !== me));
    },
  };
}

function sentence(people) {
  if (!people.length) return "";
  const names = (list) => new Intl.ListFormat(danish ? "da" : "en").format(list.map((one) => one.name));
  const typing = people.filter((one) => one.typing);
  const looking = people.filter((one) => !one.typing);
  const parts = [];
  if (typing.length) parts.push(danish ? `${names(typing)} skriver her nu` : typing.length > 1 ? `${names(typing)} are typing here now` : `${names(typing)} is typing here now`);
  if (looking.length) parts.push(danish ? `${names(looking)} ser på sagen` : looking.length > 1 ? `${names(looking)} are looking at the case` : `${names(looking)} is looking at the case`);
  return parts.join(" · ");
}
