"""Cases run by a Temporal cluster: for those who outgrow one database's hosts, or who run Temporal already.

The journal stays in our store, so that audit, erasure and inbox mean what they mean everywhere. A workflow for each
open case is its clock (a timer for what is due next), its mailbox (commands that are submitted to it wait in line) and
its pair of hands (an activity for each effect, under the effect's key). What a workflow's history holds stands in
`told`, and is nothing personal. Whoever stores a step without the workflow, as every `procflow do` may, is heard by the
feed in `rounds`: the store refuses two writers at one sequence, whoever they are.

`flows` is what Temporal replays, and knows nothing of procflow but `told`; `hands` are the activities; `front` is how
others speak to a case's workflow; `host` is the process that works. Only this room knows the SDK.
"""
