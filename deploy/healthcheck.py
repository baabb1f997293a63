"""Ask the web or MCP process whether it lives, under a name that it answers to."""

import os
import sys
from http.client import HTTPConnection

first_host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip()
name = "localhost" if first_host == "*" else first_host.removeprefix(".")
inquiry = HTTPConnection("127.0.0.1", int(os.environ["GRANIAN_PORT"]), timeout=4)
inquiry.request("GET", "/healthz", headers={"Host": name})
sys.exit(inquiry.getresponse().status != 200)
