"""Store memories over HTTP, so many a second, until ended.

Usage: python -m benchmarks.storing PORT RATE
"""

import json
import os
import sys
import time
from http.client import HTTPConnection
from itertools import count
from secrets import token_hex


def main(port: int, rate: int) -> None:
    """Store one memory a request, until ended."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {
        "Authorization": f"Bearer {os.environ['BENCH_TOKEN']}",
        "Content-Type": "application/json",
    }
    began, run = time.monotonic(), token_hex(4)
    for number in count():
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
