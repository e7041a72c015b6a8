"""W3C SCXML's algorithm (its appendix D), written from the pseudo-code: the reference that the core is measured by.

It shares nothing with procflow. A chart is a tree of states; contents are texts to trace, events to raise and a
counter to add to; guards look at the counter and at what is active.

Two sentences of the pseudo-code are not followed where a history is entered from within its own parent, since they
lead to states that are active without those around them, or are entered without having been left: it adds every
ancestor up to that parent, and it asks for a transition's domain anew after the exits, when the history may be
another. Here, as in procflow, exactly what was left is entered, to the history as the exits leave it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Go:
    """A transition: `event` "" is eventless; `target` None is targetless; `history`: to the deep history of it."""

    id: str
    event: str = ""
    guard: tuple[str, object] | None = (
        None  # ("odd", None), ("less", 3), ("in", "state"), ("not_in", "state")
    )
    target: str | None = None
    history: bool = False
    add: int = 0
    raises: tuple[str, ...] = ()
    sees: str = ""  # a state: the trace tells whether it is active when the content runs


@dataclass
class Node:
    name: str
    kind: str  # atomic, final, compound, parallel
    children: list[Node] = field(default_factory=list)
    initial: str = ""
    goes: list[Go] = field(default_factory=list)
    entry: tuple[str, ...] = ()  # events raised on the way in
    exit: tuple[str, ...] = ()
    sees: str = ""  # the same, on the way in and out


class Loop(Exception):
    """More than a hundred eventless transitions and internal events in one macrostep."""


class Interpreter:
    def __init__(self, root: Node) -> None:
        self.root, self.nodes, self.parent, self.order = root, {}, {}, {}
        self._number(root, None)
        self.configuration: set[str] = set()
        self.history: dict[str, list[str]] = {}
        self.queue: list[str] = []
        self.trace: list[str] = []
        self.n = 0
        self.running = True
        self.moves = 0

    def _number(self, node: Node, parent: Node | None) -> None:
        self.nodes[node.name], self.parent[node.name], self.order[node.name] = node, parent, len(self.order)
        for child in node.children:
            self._number(child, node)

    # the interpreter's procedures, by the names of the pseudo-code

    def start(self) -> None:
        self.moves = 0
        self.enter_states([("", Go("", target=self.root.initial))], [self.root.name])
        self.main_event_loop()

    def send(self, event: str) -> None:
        self.moves = 0
        if not self.running:
            return
        enabled = self.select_transitions(event)
        if enabled:
            self.microstep(enabled)
        self.main_event_loop()

    def main_event_loop(self) -> None:
        while self.running:
            enabled = self.select_transitions(None)
            self.moves += len(enabled)
            if not enabled:
                if not self.queue:
                    return
                event = self.queue.pop(0)
                self.moves += 1
                enabled = self.select_transitions(event)
            if self.moves > 100:
                raise Loop
            if enabled:
                self.microstep(enabled)

    def holds(self, go: Go) -> bool:
        if go.guard is None:
            return True
        kind, value = go.guard
        if kind == "odd":
            return self.n % 2 == 1
        if kind == "less":
            return self.n < value
        return (value in self.configuration) == (kind == "in")

    def select_transitions(self, event: str | None) -> list[tuple[str, Go]]:
        enabled: list[tuple[str, Go]] = []
        for name in sorted(filter(self.is_atomic, self.configuration), key=self.order.__getitem__):
            for source in [name, *self.ancestors(name)]:
                found = next(
                    (
                        go
                        for go in self.nodes[source].goes
                        if self.matches(source, go, event) and self.holds(go)
                    ),
                    None,
                )
                if found is not None:
                    if (source, found) not in enabled:
                        enabled.append((source, found))
                    break
        return self.remove_conflicting(enabled)

    @staticmethod
    def matches(source: str, go: Go, event: str | None) -> bool:
        if go.event == "done":
            return event == f"done.state.{source}"
        return go.event == (event or "")

    def remove_conflicting(self, enabled: list[tuple[str, Go]]) -> list[tuple[str, Go]]:
        filtered: list[tuple[str, Go]] = []
        for t1 in enabled:
            preempted, remove = False, []
            for t2 in filtered:
                if self.exit_set([t1]) & self.exit_set([t2]):
                    if t2[0] in self.ancestors(t1[0]):
                        remove.append(t2)
                    else:
                        preempted = True
                        break
            if not preempted:
                filtered = [t for t in filtered if t not in remove] + [t1]
        return filtered

    def microstep(self, enabled: list[tuple[str, Go]]) -> None:
        domains = [self.domain(source, go) for source, go in enabled if go.target is not None]
        self.exit_states(enabled)
        for _, go in enabled:
            self.trace.append(f"do {go.id}")
            self.look(go.sees)
            self.n += go.add
            self.queue.extend(go.raises)
        self.enter_states([(source, go) for source, go in enabled if go.target is not None], domains)

    def look(self, name: str) -> None:
        if name in self.configuration:
            self.trace.append(f"sees {name}")

    def exit_states(self, enabled: list[tuple[str, Go]]) -> None:
        leaving = sorted(self.exit_set(enabled), key=self.order.__getitem__, reverse=True)
        for name in leaving:
            self.history[name] = sorted(
                (s for s in self.configuration if self.is_atomic(s) and name in self.ancestors(s)),
                key=self.order.__getitem__,
            )
        for name in leaving:
            self.trace.append(f"out {name}")
            self.look(self.nodes[name].sees)
            self.queue.extend(self.nodes[name].exit)
            self.configuration.discard(name)

    def exit_set(self, enabled: list[tuple[str, Go]]) -> set[str]:
        found: set[str] = set()
        for source, go in enabled:
            if go.target is not None:
                domain = self.domain(source, go)
                found |= {s for s in self.configuration if domain in self.ancestors(s)}
        return found

    def enter_states(self, goes: list[tuple[str, Go]], domains: list[str]) -> None:
        to_enter: set[str] = set()
        for (source, go), domain in zip(goes, domains, strict=True):
            targets = self.effective_targets(source, go)
            for s in targets:
                self.add_descendants(s, to_enter)
            for s in targets:
                self.add_ancestors(s, domain, to_enter)
        for name in sorted(to_enter, key=self.order.__getitem__):
            self.configuration.add(name)
            self.trace.append(f"in {name}")
            self.look(self.nodes[name].sees)
            self.queue.extend(self.nodes[name].entry)
            if self.nodes[name].kind == "final":
                parent = self.parent[name]
                if parent is self.root:
                    self.running = False
                    continue
                self.enqueue_done(parent)
                grandparent = self.parent[parent.name]
                both = grandparent is not None and grandparent.kind == "parallel"
                if both and all(self.in_final(child) for child in grandparent.children):
                    self.enqueue_done(grandparent)

    def enqueue_done(self, node: Node) -> None:
        if any(go.event == "done" for go in node.goes):  # else nothing can take it
            self.queue.append(f"done.state.{node.name}")

    def in_final(self, node: Node) -> bool:
        if node.kind == "compound":
            return any(child.kind == "final" and child.name in self.configuration for child in node.children)
        return node.kind == "parallel" and all(self.in_final(child) for child in node.children)

    def add_descendants(self, name: str, to_enter: set[str]) -> None:
        node = self.nodes[name]
        to_enter.add(name)
        if node.kind == "compound":
            self.add_descendants(node.initial, to_enter)
            self.add_ancestors(node.initial, name, to_enter)
        elif node.kind == "parallel":
            self.fill(node, to_enter)

    def add_ancestors(self, name: str, until: str, to_enter: set[str]) -> None:
        for ancestor in self.ancestors(name):
            if ancestor == until:
                return
            to_enter.add(ancestor)
            if self.nodes[ancestor].kind == "parallel":
                self.fill(self.nodes[ancestor], to_enter)

    def fill(self, node: Node, to_enter: set[str]) -> None:
        for child in node.children:
            if not any(child.name in self.ancestors(s) for s in to_enter):
                self.add_descendants(child.name, to_enter)

    def target(self, go: Go, source: str) -> str:
        return source if go.target == "self" else str(go.target)

    def effective_targets(self, source: str, go: Go) -> list[str]:
        if not go.history:
            return [self.target(go, source)]
        if self.history.get(go.target):
            return self.history[go.target]
        node = self.nodes[go.target]
        return [child.name for child in node.children] if node.kind == "parallel" else [node.initial]

    def domain(self, source: str, go: Go) -> str:
        targets = self.effective_targets(source, go)
        for ancestor in self.ancestors(source):
            if self.nodes[ancestor].kind == "compound" and all(
                ancestor in self.ancestors(t) for t in targets
            ):
                return ancestor
        raise AssertionError("the root holds everything")

    def ancestors(self, name: str) -> list[str]:
        found = []
        parent = self.parent[name]
        while parent is not None:
            found.append(parent.name)
            parent = self.parent[parent.name]
        return found

    def is_atomic(self, name: str) -> bool:
        return self.nodes[name].kind in ("atomic", "final")

    def innermost(self) -> list[str]:
        return sorted(filter(self.is_atomic, self.configuration), key=self.order.__getitem__)
