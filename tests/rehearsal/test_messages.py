"""Messages, which go the real way to their case."""

OPEN = '- open: {by: qaa, with: {kn: 104233, phones: ["+4571999901"]}}\n'


def test_a_text_from_the_customers_number_reaches_the_case(passes):
    passes(
        OPEN + '- receive: {channel: sms, from: "+4571999901", text: Glas dækning fjernes}\n'
        "- expect: {data: {wish: Glas dækning fjernes, proof: {accepted: true, channel: sms}}, notes: [Glas]}"
    )


def test_a_number_without_its_country_code_is_the_same_number(passes):
    passes(
        OPEN
        + "- receive: {channel: sms, from: 71 99 99 01, text: Fjern glas}\n- expect: {data: {proof: {accepted: true}}}"
    )


def test_a_message_that_no_transition_takes_is_to_be_read(passes):
    passes(
        "- open: {by: qaa, with: {kn: 104233}}\n"
        "- receive: {channel: mail, from: someone@mail.example, subject: About 104233, text: Hello}\n"
        "- expect: {tasks: [{kind: read, about: Hello}], data: {proof: null}}"
    )


def test_a_message_can_open_a_case(passes):
    passes(
        '- receive: {channel: sms, from: "+4571999907", text: Ring}\n'
        "- expect: {state: waiting, data: {wish: Ring}}"
    )


RING = '- refused: {receive: {channel: sms, from: "+4571999907", text: Ring}'


def test_a_message_that_opens_no_case_is_refused_with_the_reason(rehearse, passes, fails, workspace):
    fails(RING + ", because: bare}", "the message was to be refused, and was accepted", line=1)
    place = workspace / "procedures" / "callback" / "procedure.yaml"
    text = place.read_text("utf-8")
    place.write_text(text.replace("wish: {type: string,", "wish: {type: string, minLength: 9,"), "utf-8")
    passes(RING + ", because: set}\n- open: {by: qaa, with: {kn: 104233}}\n- expect: {state: waiting}")
    fails(RING + ", because: not allowed}", "was refused, but not because “not allowed”", line=1)
    fails(
        '- refused: {receive: {channel: sms, from: "+4571999907", text: Hello}}',
        "nobody refused the message: the message from +4571999907 went to no case: no case fits",
        line=1,
    )


def test_a_message_for_nobody_is_told_and_changes_no_case(passes):
    result = passes(
        OPEN
        + "- receive: {channel: mail, from: stranger@mail.example, text: Hello}\n- expect: {state: waiting, tasks: [{kind: work}]}"
    )
    assert any("stranger@mail.example went to no case" in line for line in result.journal)


def test_a_person_can_give_a_message_to_a_case(passes):
    passes(
        OPEN + "- receive: {channel: mail, from: stranger@mail.example, text: Hello}\n  case: callback\n"
        "- expect: {tasks: [{kind: read}]}"
    )


def test_an_out_of_office_answer_is_no_answer(passes):
    passes(
        OPEN + '- receive: {channel: sms, form: out_of_office, from: "+4571999901", text: Jeg er på ferie}\n'
        "- expect: {data: {proof: null}, log: [out-of-office], notes: []}"
    )


def test_a_bounce_is_to_be_read(passes):
    passes(
        OPEN + '- receive: {channel: sms, form: bounce, from: "+4571999901", text: Unknown number}\n'
        "- expect: {data: {proof: null}, tasks: [{kind: read}]}"
    )


def test_files_of_a_message_are_read_beside_the_scenarios(passes, fails):
    passes(
        OPEN
        + '- receive: {channel: sms, from: "+4571999901", text: Se her, files: [fixtures/car.png]}\n- expect: {log: [MessageReceived]}'
    )
    fails(
        OPEN + '- receive: {channel: sms, from: "+4571999901", files: [fixtures/no.png]}',
        "fixtures/no.png cannot be read",
        line=2,
    )


def test_a_mail_may_name_the_mailbox_that_it_comes_to(passes, workspace):
    path = workspace / "procedures" / "callback" / "procedure.yaml"
    start = (
        """  - {message: 'message.to.contains(mailbox("economy"))', set: {wish: "${message.subject}"}}\n"""
    )
    path.write_text(path.read_text("utf-8").replace("correlate:", f"{start}correlate:", 1), "utf-8")
    for to in ("economy", "economy@prosam.example", "[main, economy]"):
        passes(
            f"- receive: {{channel: mail, from: ib@mail.example, to: {to}, subject: Invoice, text: Hello}}\n"
            "- expect: {state: waiting, data: {wish: Invoice}}"
        )
