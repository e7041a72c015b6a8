// The desk works without any script: every form is posted and answered. These modules make it quicker and safer:
// keys, drafts kept while typing, steps sent again when the answer was lost. Other pages may add modules of their own
// in the block `scripts`; they listen to events of `document` named desk:… .
import "./keys.js";
import "./theme.js";
