"""Writes golden histories: `python tests/temporal/make_histories.py`. Once committed they are never written anew; a new
form of the workflows adds files beside them."""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).parent


def main(form: str) -> None:
    from living import made_workspace, running, until
    from telling import ended, histories, kinds
    from temporal_house import made_house

    from procflow.app import App
    from procflow.core.decide import Command
    from procflow.hosts.contract import CADENCE
    from procflow.ports import Delivery
    from procflow.testing.own_temporal import OwnTemporal

    with tempfile.TemporaryDirectory() as folder:
        server = OwnTemporal(folder, settings={"limit.historyCount.suggestContinueAsNew": "60"})
        server.start()
        try:
            with made_house(Path(folder) / "work", server.address, "golden") as house:
                house.publish(CADENCE)
                given = {"kn": "104233", "email": "mette@customer.example"}
                case = house.open("cadence", Command("o", "open", "cadence", "ann", given)).case_id
                house.channel.script.extend([Delivery("retry", {}, "busy"), ValueError("again")])
                for day in range(4):
                    for n in range(2):
                        house.submit(case, Command(f"c-{day}-{n}", "choice", "no_answer", "ann"))
                        house.submit(case, Command(f"c-{day}-{n}", "choice", "no_answer", "ann"))
                        house.submit(case, Command(f"d-{day}-{n}", "choice", "nothing", "ann"))
                    for hours in (0, 1, 71):
                        house.advance(timedelta(hours=hours))
                house.submit(case, Command("last", "choice", "reached", "ann"))
                house.advance(timedelta(hours=1))
                until(lambda: ended(server.address, "golden", case), "the workflow ends")
            folder_2 = made_workspace(Path(folder) / "living")
            with App(str(folder_2)) as desk:
                with running(folder_2, server.address, "living"):
                    case = desk.open("ping", "ann", {"email": "mette@customer.example"}).case_id
                    for n in range(1, 4):
                        desk.do(case, "mail", "ann", {})
                        until(lambda n=n: desk.engine.load(case).plain.data["rounds"] == n, "a round")
                with running(folder_2, server.address, "living"):
                    desk.do(case, "stop", "ann", {})
                    until(lambda: ended(server.address, "living", case), "the workflow ends")
            told = [*histories(server.address, "golden"), *histories(server.address, "living")]
            for number, history in enumerate(told, 1):
                path = HERE / "histories" / f"{form}-{number}.json"
                assert not path.exists(), path
                path.write_text(history.to_json() + "\n")
                print(path.name, len(history.events), sorted(set(kinds(history))))
        finally:
            server.stop()


if __name__ == "__main__":
    main(sys.argv[1])
