// While something runs in the background, its part of the page is drawn anew until it is done.
import { draw } from "./live.js";

setInterval(() => { if (document.querySelector("[data-busy]")) draw(["results"]); }, 1500);
