"""A DNS server of a few TXT records on loopback."""

import socket
import threading

import dns.message
import dns.rcode
import dns.rrset


class LocalZone:
    """Answers TXT questions from `records` (name -> text); `silent` names get no answer at all."""

    def __init__(self) -> None:
        self.records: dict[str, str] = {}
        self.silent: set[str] = set()
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                packet, sender = self._socket.recvfrom(4096)
            except OSError:
                return
            if not packet:
                return
            question = dns.message.from_wire(packet)
            name = question.question[0].name.to_text(omit_final_dot=True).lower()
            self.asked.append(name)
            if name in self.silent:
                continue
            answer = dns.message.make_response(question)
            if name in self.records:
                text = self.records[name]
                pieces = " ".join(f'"{text[n : n + 250]}"' for n in range(0, len(text), 250))
                answer.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "TXT", pieces))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(answer.to_wire(), sender)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
            knock.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()
