"""The threads of a plugin's process: two at first, more where the outside takes its time, two again at the end."""

import threading

from procflow.hosts.crew import IMPATIENT, Crew


class Outside:
    """Work that takes until it is let go."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.inside = self.most = self.done = 0
        self.open = False

    def __call__(self, work: int) -> None:
        with self.changed:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.open, 60)
            self.inside -= 1
            self.done += 1
            self.changed.notify_all()

    def wait(self, what) -> None:
        with self.changed:
            assert self.changed.wait_for(what, 60)

    def let(self, open: bool) -> None:
        with self.changed:
            self.open = open
            self.changed.notify_all()


def grown(crew, outside, to):
    """As the main thread of a plugin's process does it."""
    while True:
        patience = crew.patience()
        if patience is None:
            break
        with outside.changed:
            outside.changed.wait(patience)
        crew.hurry()
    outside.wait(lambda: outside.inside == to)


def test_two_work_at_first_and_more_where_nothing_is_begun_for_a_while_up_to_what_is_allowed():
    outside = Outside()
    crew = Crew(outside)
    for n in range(9):
        crew.take(n, 5)
    outside.wait(lambda: outside.inside == 2)
    assert outside.most == 2 and crew.patience() <= IMPATIENT
    grown(crew, outside, 5)
    outside.let(True)
    outside.wait(lambda: outside.done == 9)
    assert outside.most == 5 and crew.patience() is None
    outside.let(False)
    outside.most = 0
    for n in range(5):
        crew.take(n, 5)
    outside.wait(lambda: outside.inside == 2)
    assert outside.most == 2  # the next work begins with two again
    outside.let(True)
    outside.wait(lambda: outside.done == 14)


def test_what_may_only_be_done_one_at_a_time_is():
    outside = Outside()
    crew = Crew(outside)
    for n in range(3):
        crew.take(n, 1)
    outside.wait(lambda: outside.inside == 1)
    assert crew.patience() is None
    crew.hurry()
    outside.let(True)
    outside.wait(lambda: outside.done == 3)
    assert outside.most == 1


def test_a_quick_outside_is_never_hurried():
    done = []
    enough = threading.Event()

    def quick(work):
        done.append(threading.get_ident())
        if len(done) == 300:
            enough.set()

    crew = Crew(quick)
    for n in range(300):
        crew.take(n, 16)
        crew.hurry()  # too early: what waits was begun just now, or is about to be
    assert enough.wait(60)
    assert len(set(done)) <= 2
