// The wallboard's times move by themselves: it is drawn anew every half minute, and at once when something changes.
import { draw } from "./live.js";
import { zones } from "./zones.js";

setInterval(() => draw(zones()), 30_000);
document.querySelector(".filter select")?.addEventListener("change", (event) => event.target.form.requestSubmit());
