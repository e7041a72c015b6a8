"""The line between a channel and the other side counts everybody who called."""

import socket

from procflow.testing.line import Line


def test_a_call_counts_at_once_and_also_when_the_line_is_cut_right_after_it():
    with socket.create_server(("127.0.0.1", 0), backlog=300) as other_side:
        line = Line(other_side.getsockname()[1], lambda: 0)
        try:
            for number in range(1, 151):
                socket.create_connection(("127.0.0.1", line.port)).close()
                assert line.calls == number
            for number in range(151, 201):
                socket.create_connection(("127.0.0.1", line.port)).close()
                line.set("gone")
                assert line.calls == number
                line.set("well")
        finally:
            line.close()
