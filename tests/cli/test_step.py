"""The guided step, typed through a pipe: what it says, asks, checks, keeps and promises."""

import json
import time
from typing import Any

#: The answers to everything that `settle` asks: wish, keeper, way, calm, day left out, note.
SETTLE = ("1", "She wants her contract by mail", "qbb", "2", "y", "", "She asked for the contract", "")


def test_the_words_to_say_the_guide_and_one_question_come_first(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("q")
    assert done.returncode == 0
    assert "Say: “What can I do for you?”" in done.stdout
    assert "Do: Listen first." in done.stdout
    assert (
        done.stdout.index("Say:") < done.stdout.index("What happens?") < done.stdout.index("1  We settle it")
    )
    assert "2  It is a change of a policy" in done.stdout
    assert "scold" not in done.stdout.casefold()
    assert "1 more is not offered now" in done.stdout


def test_a_case_is_opened_asked_through_and_carried_to_its_end(desk: Any) -> None:
    typed = ["104233", "", *SETTLE, "1", "R-17", "", "1", "mette.png", ""]
    done = desk.run("step", "--open", "errand", typed="".join(f"{line}\n" for line in typed))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "answer: running, due Tuesday 12 May 2026 at 10:05" in done.stdout
    assert "Tell the customer" not in done.stdout, "a deadline without a title has no words for a customer"
    assert "✓ We settle it" in done.stdout
    assert "■ The case is closed: settled" in done.stdout
    case = desk.json("case", "1")
    assert case["outcome"] == "settled"
    assert case["data"]["way"] == "mail"
    assert "She asked for the contract" in desk.ok("log", "1")


def test_it_speaks_danish(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers(
        "1",
        "Hun vil have sin kontrakt",
        "qbb",
        "mail",
        "ja",
        "",
        "Hun ringede om kontrakten",
        "",
        env={"PROCFLOW_LANG": "da"},
    )
    assert "Sig: “Hvad kan jeg hjælpe med?”" in done.stdout
    assert "Hvad sker der?" in done.stdout
    assert "Med kundens egne ord." in done.stdout
    assert "valgfri, Enter springer over" in done.stdout
    assert "answer: løber, frist tirsdag den 12. maj 2026 kl. 10.05" in done.stdout


def test_a_title_of_a_deadline_becomes_the_sentence_to_promise(desk: Any) -> None:
    desk.write(
        "procflow.toml",
        'store = "sqlite:cases.db"\nlanguage = "en"\nclock = "clock.txt"\n[channels.mail]\nmode = "file"\n',
    )
    desk.registered()
    done = desk.answers("1", "mette.png", "yes", "")
    assert "Tell the customer: The change is made no later than Tuesday 19 May 2026 at 17:00." in done.stdout
    assert "Nothing is offered to you here." in done.stdout
    assert "The work is with Pia Test." in done.stdout


def test_a_wrong_value_gets_a_sentence_that_helps_and_is_asked_again(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers(
        "1", "short", "She wants her contract", "nobody", "qbb", "7", "1", "perhaps", "no", "q"
    )
    assert "✗ Wish: is too short: it has 5 of at least 10 characters. Write more." in done.stdout
    assert "✗ Keeper: is nobody we know." in done.stdout
    assert "✗ Way: must be one of: phone, mail." in done.stdout
    assert "✗ Is the customer calm: is not right. Give yes or no." in done.stdout


def test_a_required_field_cannot_be_left_out_and_an_optional_one_can(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers(
        "1", "", "She wants her contract", "qbb", "1", "yes", "", "She rang", "She rang about it", "", "q"
    )
    assert done.stdout.count("This is needed") == 1
    assert "optional, Enter leaves it out" in done.stdout
    assert "left out" in done.stdout
    assert desk.json("case", "1")["state"] == ["settling"]


def test_a_file_that_is_not_there_is_said_and_asked_again(desk: Any) -> None:
    desk.registered()
    done = desk.answers("1", "no-such.png", "mette.png", "yes", "")
    assert "no-such.png" in done.stdout
    assert "✓ File screenshot" in done.stdout


def test_a_refusal_of_the_owner_is_said_and_nothing_typed_is_lost(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("1", "She wants her contract", "qbb", "1", "n", "", "She is very upset", "", "q")
    assert "Not possible: Calm the customer first" in done.stdout
    assert "begun 5/6" in done.stdout
    again = desk.answers("1", "4", "yes", "")
    assert "You had begun; this is kept:" in again.stdout
    assert "She is very upset" in again.stdout
    assert desk.json("case", "1")["state"] == ["settling"]


def test_back_goes_to_the_field_before_and_from_the_first_to_the_question(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("1", "She wants her contract", "<", "She wants a new contract", "<", "<", "q")
    assert done.returncode == 0
    assert done.stdout.count("What happens?") == 2
    assert "Enter keeps She wants her contract" in done.stdout
    assert "Enter keeps She wants a new contract" in done.stdout


def test_a_number_in_the_summary_corrects_that_field(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers(*SETTLE[:-1], "3", "phone", "")
    assert done.returncode == 0
    assert desk.json("case", "1")["data"]["way"] == "phone"


def test_why_explains_at_the_question_and_at_a_field(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("?", "1", "?", "q")
    assert "✗ scold: not offered" in done.stdout
    assert '“Customer number” is not “999999”   [kn == "999999"]' in done.stdout
    assert done.stdout.count("✓ settle: offered") == 2


def test_help_of_a_person_field_lists_the_people(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("1", "She wants her contract", "?", "q")
    assert "qbb Bo Test" in done.stdout


def test_a_note_is_written_in_the_middle_of_the_fields(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("1", "n", "too short", "The line was bad today", "q")
    assert "✓ The note is written." in done.stdout
    assert "The line was bad today" in desk.ok("log", "1")


def test_n_is_no_where_yes_or_no_is_asked_and_a_note_comes_by_colon_n(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers(
        "1", "She wants her contract", "qbb", "1", ":n", "The line was bad today", "n", "", "q"
    )
    assert "✓ The note is written." in done.stdout
    kept = desk.answers("1", "q")
    assert "Is the customer calm  no" in kept.stdout


def test_one_letter_that_is_meant_stands_behind_a_backslash(desk: Any) -> None:
    desk.registered()
    desk.answers("1", "mette.png", "yes", "")
    done = desk.answers("1", "\\q", "", by="qpp")
    assert "1  Reference  q" in done.stdout
    assert "■ The case is closed: changed" in done.stdout


def test_a_line_that_ends_with_a_backslash_goes_on(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    desk.answers("1", "She wants her contract\\", "and a cup of tea", "q")
    kept = desk.answers("1", "q")
    assert "She wants her contract\n" in kept.stdout
    assert "and a cup of tea" in kept.stdout


def test_the_end_of_the_input_in_the_middle_keeps_everything_and_ends_with_1(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("1", "She wants her contract", "qbb")
    assert done.returncode == 1
    assert "Everything typed is kept; go on with: procflow step 1" in done.stdout
    again = desk.answers("1", "2", "y", "", "She asked for the contract", "")
    assert "She wants her contract" in again.stdout
    assert desk.json("case", "1")["state"] == ["settling"]


def test_what_was_typed_outlives_a_kill(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    process = desk.begin("step", "1")
    process.stdin.write("1\nShe wants her contract\n")
    process.stdin.flush()
    seen = ""
    until = time.monotonic() + 60
    while "Keeper" not in seen and time.monotonic() < until:
        seen += process.stdout.read(1)
    assert "Keeper" in seen
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    assert process.returncode == -9
    again = desk.answers("q")
    assert "begun 1/6" in again.stdout


def test_what_was_typed_before_there_is_a_case_is_kept_too(desk: Any) -> None:
    done = desk.run("step", "--open", "errand", typed="12\n104233\n")
    assert done.returncode == 1
    assert "✗ Kundenummer" in done.stdout or "✗ Customer number" in done.stdout
    assert "procflow step --open errand" in done.stdout
    again = desk.run("step", "--open", "errand", typed="\nq\n")
    assert "104233" in again.stdout
    assert desk.json("case", "1")["data"]["kn"] == "104233"
    fresh = desk.run("step", "--open", "errand", typed="")
    assert "104233" not in fresh.stdout


def test_a_draft_belongs_to_the_one_who_typed_it(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    desk.answers("1", "She wants her contract", "q")
    assert "begun" not in desk.answers("q", by="qll").stdout
    assert "begun 1/6" in desk.answers("q").stdout


def test_what_looks_like_a_cpr_number_is_not_even_kept_as_a_draft(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("1", "Her number is 010190-1234", "q")
    assert "CPR" in done.stdout
    assert "begun" not in desk.answers("q").stdout


def test_a_cpr_number_in_a_field_that_knows_none_is_not_kept_as_a_draft_either(desk: Any) -> None:
    desk.ok("open", "policy_change")
    done = desk.answers("1", "104233 010190-1234", "q")
    assert "✗" in done.stdout
    assert "begun" not in desk.answers("q").stdout
    desk.answers("1", "104233 and more", "q")
    assert "begun 1/" in desk.answers("q").stdout, "what is wrong otherwise is there to be corrected"


def test_an_effect_done_by_hand_is_asked_for_with_what_to_do(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    desk.answers(*SETTLE, "q")
    done = desk.answers("q")
    assert "By hand: mail.send" in done.stdout
    assert "Errand 104233" in done.stdout
    key = next(line.split()[0] for line in done.stdout.splitlines() if "Done by hand: mail.send" in line)
    taken = desk.answers(key, "M-1", "", "q")
    assert "✓ Done by hand: mail.send" in taken.stdout
    assert "By hand" not in desk.answers("q").stdout


def test_a_case_that_a_step_opens_is_told_and_gone_on_with(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("2", "", "", "2", "")
    assert "Opened case 2: Change of a policy" in done.stdout
    assert "Case 2  Change of a policy" in done.stdout
    assert desk.json("case", "2")["outcome"] == "withdrawn"


def test_without_a_case_one_is_chosen_from_the_inbox(desk: Any) -> None:
    assert "Nothing waits for you" in desk.answers(case="").stdout
    desk.ok("open", "errand", "--with", "kn=104233")
    assert "Case 1  Errand" in desk.answers("q", case="").stdout
    desk.ok("open", "policy_change")
    done = desk.answers("2", "q", case="")
    assert "Which case?" in done.stdout
    assert "Case 2  Change of a policy" in done.stdout


def test_a_key_that_is_not_there_is_said_once_more(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    done = desk.answers("8", "²", "settle", "q")
    assert "There is no 8 here." in done.stdout and "There is no ² here." in done.stdout
    assert "Wish" in done.stdout


def test_somebody_who_was_faster_is_named_and_the_draft_stays(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    process = desk.begin("step", "1")
    process.stdin.write("2\n")
    process.stdin.flush()
    seen = ""
    while "do it" not in seen:
        letter = process.stdout.read(1)
        assert letter, seen
        seen += letter
    desk.ok("do", "1", "pass_on", by="qll")
    out, _ = process.communicate("\nq\n", timeout=60)
    assert "✗" in out
    assert process.returncode == 0


def test_as_json_it_says_what_would_be_asked_and_asks_nothing(desk: Any) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    desk.answers("1", "She wants her contract", "q")
    done = desk.run("step", "1", "--json")
    told = json.loads(done.stdout)["result"]
    assert [option["key"] for option in told["options"]] == ["1", "2"]
    settle = told["options"][0]
    assert [field["name"] for field in settle["fields"]] == ["wish", "keeper", "way", "calm", "day", "note"]
    assert settle["begun"] == ["wish"]
    assert told["case"]["words"][0]["say"] == "What can I do for you?"


def test_words_of_an_enum_are_seen_by_their_labels_and_kept_as_words(desk: Any) -> None:
    file = desk.folder / "procedures" / "errand" / "procedure.yaml"
    labels = "labels: {phone: {da: På telefonen, en: By telephone}, mail: {da: Med brev, en: By letter}}"
    text = file.read_text(encoding="utf-8").replace("mail], label:", f"mail], {labels}, label:")
    text = text.replace(
        "{when: input.calm, to: settling}", "{when: 'input.calm && way == \"mail\"', to: settling}"
    )
    file.write_text(text, encoding="utf-8")
    desk.ok("open", "errand", "--with", "kn=104233")
    typed = ("She wants her contract", "qbb", "by letter", "yes", "", "She asked for it", "")
    told = desk.answers("1", *typed, "q").stdout
    assert (
        "1  By telephone" in told and "2  By letter" in told and "Way                   By letter" in told
    ), told
    assert desk.json("case", "1")["data"]["way"] == "mail"
    desk.ok("open", "errand", "--with", "kn=104233")
    why = desk.ok("why", "2", "settle", "--lang", "da")
    assert "“Vej” er “Med brev”" in why or "“Vej” er ikke “Med brev”" in why, why
    asks = desk.json("step", "2")["options"][0]["fields"]
    assert asks[2]["labels"] == {"phone": "By telephone", "mail": "By letter"} and asks[2]["options"] == [
        "phone",
        "mail",
    ]
    file.write_text(text.replace("labels: {phone:", "labels: {fone:"), encoding="utf-8")
    wrong = json.loads(desk.run("check", "--format", "json").stdout)
    assert [(p["code"], p["hint"]) for p in wrong] == [("PF316", "did you mean `phone`?")]
    line = next(n for n, one in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if "fone:" in one)
    assert (wrong[0]["line"], wrong[0]["column"]) == (line, text.splitlines()[line - 1].index("phone:") + 1)
    file.write_text(
        text.replace("phone: {da: På telefonen, en: By telephone}", "phone: {en: By telephone}"),
        encoding="utf-8",
    )
    assert [p["code"] for p in json.loads(desk.run("check", "--format", "json").stdout)] == ["PF270"]


def test_a_case_and_open_do_not_go_together(desk: Any) -> None:
    done = desk.run("step", "1", "--open", "errand")
    assert done.returncode == 2
    assert "not both" in done.stderr
