"""Store memories over HTTP, so many a second, over several connections in turn.

Usage: python -m benchmarks.storing PORT RATE
"""

import json
import os
import sys
import time
from http.client import HTTPConnection
from itertools import count, cycle
from secrets import token_hex

CONNECTIONS = 10
"""A connection stays with one of the web processes; many burden all of them alike."""


def main(port: int, rate: int) -> None:
    """Store one memory a request, until ended."""
    connections = [
        HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(CONNECTIONS)
    ]
    headers = {
        "Authorization": f"Bearer {os.environ['BENCH_TOKEN']}",
        "Content-Type": "application/json",
    }
    began, run = time.monotonic(), token_hex(4)
    for number, connection in zip(count(), cycle(connections), strict=False):
        draft = {
            "type": "chat",
            "content": {
                "message": f"The renewal of order {number} waits for the carrier",
                "session_id": f"{run}-{number // 6}",
            },
            "source": "bench",
            "external_id": f"{run}-{number}",
        }
        connection.request("POST", "/memory/store", json.dumps(draft), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 201:
            raise SystemExit(f"{answer.status}: {content!r}")
        time.sleep(max(0.0, began + (number + 1) / rate - time.monotonic()))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
