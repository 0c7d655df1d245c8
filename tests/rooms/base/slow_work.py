"""Work for the tests of long work: ten parts, each a line in a file named by the job; begun again it goes on where it was."""

import time
from pathlib import Path

PARTS = 10


def work(job):
    path = Path(job.about)
    done = len(path.read_text().splitlines()) if path.exists() else 0
    for part in range(done, PARTS):
        time.sleep(0.15)
        with path.open("a") as file:
            file.write(f"{part}\n")
        yield "写", part + 1, PARTS
    job.said = f"{PARTS} 行"


def fails(job):
    yield "写", 1, 2
    raise ValueError("覃秀兰")
