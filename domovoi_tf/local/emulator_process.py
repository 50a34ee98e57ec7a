"""The program that `emulator.start` runs: MiniStack, with one request per connection."""

from __future__ import annotations

import contextlib
import os

#: Seconds that an idle connection stays open. MiniStack sets 75, after which its server, Hypercorn, closes a
#: connection even if a request has just arrived: the request is carried out and gets no answer. The AWS
#: provider reuses connections for 90 seconds. It repeats such a request, and fails if that is refused because
#: the first one succeeded, as for AddPermission.
KEEP_ALIVE = 3600.0


def keep_connections() -> None:
    """Has each connection serve one request, so that no request meets a connection that is being closed."""
    with contextlib.suppress(ImportError):
        from hypercorn.config import Config

        # A property, since MiniStack assigns its own value to each configuration.
        Config.keep_alive_timeout = property(lambda _: KEEP_ALIVE, lambda _, seconds: None)  # type: ignore
        # Answers then say that the connection closes, and clients open another one.
        Config.keep_alive_max_requests = 0


def main() -> None:
    """Serves until the process is ended."""
    import ministack.app

    keep_connections()
    # Functions inherit the environment, and this level is not theirs.
    del os.environ["LOG_LEVEL"]
    ministack.app.main()


if __name__ == "__main__":
    main()
