"""Serve fakesnow with what its own server lacks: a disk, a password, times of NULL.

Usage: python -m memoryhub.embedded.snowflake_server PORT DIRECTORY. The password is in
LOCAL_SNOWFLAKE_PASSWORD: a command line would show it to every user of the machine.
"""

import gzip
import hmac
import json
import logging
import os
import secrets
import sys
import warnings
from typing import Any

import fakesnow.arrow as arrow
import fakesnow.server as server
import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # has no types
import uvicorn
from fakesnow.instance import FakeSnow
from fakesnow.transforms.stage import UploadCommandDict
from sqlglot import Expr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LOGIN = "/session/v1/login-request"
UPLOAD = "/fs_bucket/{path:path}"
WRONG_PASSWORD = {
    "success": False,
    "code": "390100",
    "message": "Incorrect username or password was specified.",
    "data": None,
}

password = os.environ.pop("LOCAL_SNOWFLAKE_PASSWORD", "")
upload_key = secrets.token_urlsafe(32)
describe_stage = server.gcs_stage_info
describe_times = arrow.timestamp_to_sf_struct


async def login(request: Request) -> Response:
    """Let in who knows the password: SQL here can read any file of its owner."""
    body = await request.body()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    given = str(json.loads(body)["data"].get("PASSWORD", ""))
    if not password or not hmac.compare_digest(given.encode(), password.encode()):
        return JSONResponse(WRONG_PASSWORD)
    return await server.login_request(request)


async def upload(request: Request) -> Response:
    """Store a staged file for who was given its address by a PUT statement."""
    given = request.query_params.get("key", "")
    if not hmac.compare_digest(given.encode(), upload_key.encode()):
        return Response(status_code=403)
    return await server.bucket_upload(request)


def describe_stage_with_key(
    request: Request, expr: Expr, put_stage_data: UploadCommandDict
) -> dict[str, Any]:
    stage = describe_stage(request, expr, put_stage_data)
    stage["presignedUrl"] += f"?key={upload_key}"
    return stage


def times_with_nulls(ts: pa.ChunkedArray) -> pa.StructArray:
    """Return times as the connector reads them: without the mask NULL would be 1970."""
    parts = describe_times(ts)
    return pa.StructArray.from_arrays(
        [pc.fill_null(part, 0) for part in parts.flatten()],
        fields=list(parts.type),
        mask=ts.combine_chunks().is_null(),
    )


def main(port: int, directory: str) -> None:
    # It reports every login, and a deprecation of its own at every query.
    server.logger.setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", category=UserWarning, module="fakesnow")
    server.shared_fs = FakeSnow(db_path=directory)
    server.gcs_stage_info = describe_stage_with_key
    arrow.timestamp_to_sf_struct = times_with_nulls
    guarded = [
        Route(LOGIN, login, methods=["POST"]),
        Route(UPLOAD, upload, methods=["PUT"]),
    ]
    uvicorn.run(
        Starlette(routes=[*guarded, *server.routes]),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
