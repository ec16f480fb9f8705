"""The process of our own Prefect server: `python -m flows.hosting.process PORT FOLDER`, configured by environment.

It detaches itself, prints its process id and serves on loopback until it is told to stop, or until nobody has held the
lock of its users for a while: a run that was killed leaves no server behind.
"""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

from flows.hosting.seats import START_LOCK, USERS_LOCK, free, try_lock

WATCH_S = 5.0
ALONE_S = 60.0
_HELD: list[BinaryIO] = []
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'"


def main() -> None:
    """Detach, then serve. The parent prints the id of the process that goes on and leaves."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    child = os.fork()
    if child:
        print(child, flush=True)  # noqa: T201 - read by the run that starts us
        os._exit(0)
    os.umask(0o077)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    serve(port, folder)


def serve(port: int, folder: Path) -> None:
    """Serve on 127.0.0.1:`port` until told to stop or left alone."""
    import uvicorn
    from prefect.server.api.server import create_app

    config = uvicorn.Config(
        _own_origin_only(create_app(final=True)),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=5,
        ws_ping_interval=20,
        ws_ping_timeout=60,  # a busy machine answers late; a dropped socket loses the events of task runs
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_leave_when_alone, args=(server, folder), daemon=True).start()
    server.run()


def _own_origin_only(app: Any) -> Any:
    """The ASGI app, whose pages may load and send nothing elsewhere.

    Prefect's pages ask an analytics service for its settings even where analytics are switched off (3.8.8), and Markdown of
    artifacts may hold pictures of anybody's.
    """
    policy = (b"content-security-policy", POLICY.encode())

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        async def send_marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), policy]
            await send(message)

        await app(scope, receive, send_marked)

    return guarded


def _leave_when_alone(server: Any, folder: Path) -> None:
    last_used = time.monotonic()
    while not server.should_exit:
        time.sleep(WATCH_S)
        if not free(folder / USERS_LOCK):
            last_used = time.monotonic()
        elif time.monotonic() - last_used > ALONE_S:
            if not folder.exists():  # its home was removed: nobody can join
                server.should_exit = True
            elif (start := try_lock(folder / START_LOCK)) is not None:
                # Whoever wants to join meanwhile waits for this lock, which our end releases, and then starts anew.
                _HELD.append(start)
                server.should_exit = True


if __name__ == "__main__":
    main()
