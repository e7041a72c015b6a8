// The desk works without any script: every form is posted and answered. These modules make it quicker and safer:
// keys, drafts kept while typing, steps sent again when the answer was lost. Other pages may add modules of their own
// in the block `scripts`; they speak through events of `document`: desk:refresh (somebody changed something: draw the
// zones anew without touching what is typed), desk:drawn (new content stands there).
import "./keys.js";
import "./theme.js";
import "./drafts.js";
import "./send.js";
import "./zones.js";
import "./filter.js";
import "./live.js";

document.documentElement.dataset.ready = ""; // the keys are there; before that a key is the browser's own
