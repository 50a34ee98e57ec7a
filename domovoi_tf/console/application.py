"""Makes the web application of the console: its addresses, and what all of its views share."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.routing import Route

from domovoi_tf.console import answers
from domovoi_tf.console.assets import STATIC, Assets
from domovoi_tf.console.feed import Feed
from domovoi_tf.console.log_reader import LogReader
from domovoi_tf.console.security import MAX_BODY, Guard, Tokens
from domovoi_tf.console.views import events, graph, logs, machines, queues, session, terraform
from domovoi_tf.console.views.state import Console
from domovoi_tf.errors import DomovoiError

if TYPE_CHECKING:
    from domovoi_tf.console.ports import ConsoleProject, Controls
    from domovoi_tf.recorder.recorder import Recorder

_VIEWS = (session, graph, events, machines, queues, logs, terraform)
#: The addresses of the pages. All have the same file, whose script shows the page.
_PAGES = (
    *("/", "/events", "/events/{run}", "/machines", "/machines/{rest:path}"),
    *("/queues", "/queues/{rest:path}", "/logs", "/terraform"),
)


def create_console(
    recorder: Recorder | None,
    project: ConsoleProject,
    controls: Controls | None,
    token: str,
    port: int,
    static: Path = STATIC,
) -> Starlette:
    """Returns the web application of the console.

    Args:
        recorder: the recorded events; None if there are none.
        project: the project and its stage.
        controls: the controls of a running `dev`; None if it runs elsewhere or not at all.
        token: the token in the first URL.
        port: the port that the console listens on.
        static: the folder with the files of the pages.
    """
    console = Console(
        project, recorder, controls, Feed(recorder, controls, project.stage), LogReader(project)
    )

    @contextlib.asynccontextmanager
    async def run_feed(_: Starlette) -> AsyncIterator[None]:
        async with console.feed.run():
            yield

    assets, tokens = Assets(static), Tokens(token)
    app = Starlette(
        routes=[
            *[Route(path, assets.serve_page) for path in _PAGES],
            Route("/static/{path:path}", assets.serve_file),
            Route("/api/stream", console.feed),
            *[route for view in _VIEWS for route in view.ROUTES],
        ],
        middleware=[
            Middleware(Guard, tokens=tokens, port=port),
            # Starlette has another one outside of the guard, whose answer would lack the headers.
            Middleware(ServerErrorMiddleware, handler=answers.answer_unexpected_error),
            Middleware(RequestBodyLimitMiddleware, max_body_size=MAX_BODY),
        ],
        exception_handlers={
            DomovoiError: answers.answer_domovoi_error,
            HTTPException: answers.answer_http_error,
        },
        lifespan=run_feed,
    )
    app.router.redirect_slashes = False
    app.state.console, app.state.tokens = console, tokens
    app.state.queue_finder = queues.QueueFinder()
    return app
