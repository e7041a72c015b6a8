"""Evidence as a step sees it: judged before the step, void when what it covers changes, good again when given anew."""

PROOF = """
starts: [{by: agent, optional: [change, phones]}]
correlate: [phones]
data:
  change: {type: string, pii: true}
  phones: {type: array, items: {type: phone}, pii: true}
  other: {type: string}
  proof: {type: evidence, covers: [change, phones]}
initial: s
states:
  s:
    task: {role: agent}
    events:
      message:
        - {when: 'proof_of(message).accepted', set: {proof: "${proof_of(message)}"}}
        - {do: [{note.write: {text: "Rejected: ${proof_of(message).reason}"}}]}
    choices:
      change: {ask: [change]}
      other: {ask: [other]}
      why: {do: [{note.write: {text: "${proof.verdict} ${proof.reason}"}}]}
      phones: {ask: [phones]}
      both: {ask: [change], set: {proof: null}}
      go: {when: proof.accepted, to: t}
  t: {final: true}
"""


def accepts(channel, offered, data, now, context):
    """A judge that accepts what says yes."""
    good = "yes" in str(offered.get("text"))
    return {
        "accepted": good,
        "verdict": "accepted" if good else "rejected",
        "reason": None if good else "no yes",
    }


def opened(bench, **given):
    b = bench(PROOF, judge=accepts)
    b.open("ann", **(given or {"change": "Remove it", "phones": ["+4571999901"]}))
    return b


def test_accepted_evidence_opens_the_way(bench):
    b = opened(bench)
    b.refused("go", "ann", because="not_offered")
    b.receive("no")
    assert b.texts() == ["Rejected: no yes"]
    b.receive("yes")
    assert b.data["proof"]["covers"] == ("change", "phones")
    b.do("go", "ann")


def test_changing_what_it_covers_voids_it_and_new_evidence_counts_again(bench):
    b = opened(bench)
    b.receive("yes")
    b.do("other", "ann", other="x")
    b.do("why", "ann")
    assert not b.entries("EvidenceVoided") and b.texts() == ["accepted "]
    b.do("change", "ann", change="Remove it")  # nothing changed
    assert not b.entries("EvidenceVoided")
    b.do("change", "ann", change="Remove all of it")
    (voided,) = b.entries("EvidenceVoided")
    assert (voided.field, voided.because) == ("proof", "change")
    b.refused("go", "ann", because="not_offered")
    b.do("why", "ann")
    assert b.texts()[-1] == "rejected change was changed after the evidence was given"
    b.receive("yes")
    b.do("go", "ann")


def test_giving_it_a_value_for_the_first_time_changes_it_too(bench):
    b = opened(bench, phones=["+4571999901"])
    b.receive("yes")
    b.do("change", "ann", change="Remove it")
    b.refused("go", "ann", because="not_offered")


def test_unset_evidence_is_not_accepted(bench):
    b = opened(bench)
    assert b.data.get("proof") is None
    b.refused("go", "ann", because="not_offered")
    b.receive("yes")
    b.do("both", "ann", change="Another")
    b.refused("go", "ann", because="not_offered")
    b.receive("yes")
    b.do("go", "ann")


def test_evidence_cannot_be_entered_by_hand(bench):
    b = bench(PROOF, judge=accepts)
    forged = {"accepted": True, "verdict": "accepted"}
    assert b.try_open("ann", proof=forged).refusal.code == "input"
