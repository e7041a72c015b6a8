"""All the harnesses: the goal that each serves, what it is about, its figures of every change and of a release, and where it
stands. None of them is imported here."""

from __future__ import annotations

from faults import planting
from faults.counting import Harness, In

PLANTED = len(planting.patches())
_ALL = (
    ("kills", "R1", "killed at random, one writer", (600, 10_000), "kills.one_writer"),
    ("kills-8", "R1", "killed at random, eight writers at once", (400, 10_000), "kills.eight_writers"),
    ("kills-group", "R1", "killed while eight threads flush together", (80, 2_500), "kills.together"),
    ("calls", "R2", "a fault at every system call that writes", (60, 3_000), "calls.every_call"),
    ("operations", "R3", "the n-th operation on the disk fails", (1_300, 1_300), "failing.all_points"),
    ("images", "R4", "a crash with writes lost, torn and out of order", (10_000, 500_000), "images.images"),
    ("deliveries", "R11", "the one who delivers is killed", (500, 10_000), "deliveries.killed"),
    ("lines", "R6", "an exception at every line of Python", (400, 400), "lines.every_line"),
    ("orders", "R8", "every order of two commands on one case", (500, 500), "orders.all_orders"),
    ("simulation", "R7", "a house whose every step a seed decides", (2_000, 100_000), "simulation.seeds"),
    ("planted", "R7", "planted faults that the simulation finds", (PLANTED, PLANTED), "planting.all_found"),
    ("monkey", "R7", "random procedures and what people do in them", (80, 20_000), "monkey.driven"),
    ("timers", "R13", "times around every change of every zone's clocks", (60, 599), "timers.zones"),
    ("power", "R5", "the power goes under a file system at work", (50, 2_000), "power.cuts"),
    ("disks", "R17", "disks full and read-only, limits of a process", (24, 24), "disks.situations"),
    ("copies", "R18", "copies under load, half of them killed", (20, 500), "copies.under_load"),
    ("temporal", "R15", "workers of Temporal and its server are killed", (5, 111), "temporal.killed"),
    ("temporal-nodes", "R15", "two workers of Temporal on PostgreSQL", (4, 45), "temporal.nodes"),
    ("postgres-server", "R14", "the database's server killed -9 at work", (10, 200), "postgres.servers_killed"),
    ("postgres-power", "R14", "the power goes under the database", (5, 100), "postgres.power_cuts"),
    ("postgres-parted", "R14", "database and nodes are parted", (2, 30), "postgres.parted"),
    ("postgres-nodes", "R14", "nodes killed, connections ended and cut", (40, 1_000), "postgres.nodes"),
    ("postgres-leases", "R12", "who delivers is killed, or sleeps too long", (20, 500), "postgres.leases"),
    ("texts", "S1", "YAML made to hurt, read", (40_000, 10_000_000), "hostile_documents.read_only"),
    ("documents", "S1", "procedures made to hurt, checked", (7_000, 1_000_000), "hostile_documents.checked"),
    ("expressions", "S2", "expressions made to hurt", (20_000, 5_000_000), "hostile_expressions.evaluated"),
    ("messages", "S1", "mails, forms and pushes made to hurt", (10_000, 3_000_000), "hostile_messages.read_by_their_channels"),
    ("agents", "R9", "eight people and a host on one file", (120, 18_000), "agents.at_the_command_line"),
    ("writers", "R9", "32 writers without a thought", (6_400, 640_000), "agents.without_a_thought"),
    ("plugins", "S11", "plugins that misbehave", (24, 480), "misbehaving.contained"),
    ("rescues", "R12", "who delivers dies, is slow, is stopped", (20, 500), "rescues.rescued"),
)  # fmt: skip


def harnesses() -> list[Harness]:
    return [
        Harness(name, goal, about, figures, In(*at.split("."))) for name, goal, about, figures, at in _ALL
    ]
