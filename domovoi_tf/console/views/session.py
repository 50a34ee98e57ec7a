"""The header of all views: the app, the stage and the place, and the actions that are possible."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import domovoi_tf
from domovoi_tf.console.answers import make_json_answer
from domovoi_tf.console.views.state import Console, get_console
from domovoi_tf.errors import DomovoiError


async def read_session(request: Request) -> Response:
    """Answers with the app, the stage, the place and the possible actions."""
    console = get_console(request)
    return make_json_answer(await run_in_threadpool(_describe_session, console))


def _describe_session(console: Console) -> dict[str, Any]:
    _, settings = console.project.read_app()
    account, region, problem = "", "", ""
    try:
        opened = console.project.open_account()
        region, account = opened.region, opened.account_id
    except DomovoiError as error:  # the other views show what needs no account
        problem = str(error)
    has_controls = console.controls is not None
    return {
        "app": settings.app_name,
        "stage": console.project.stage,
        "place": console.project.place,
        "account": account,
        "region": region,
        "problem": problem,
        "mode": "dev" if has_controls else "read-only",
        "version": domovoi_tf.__version__,
        "can_replay": has_controls,
        "can_apply": has_controls,
        "has_events": console.recorder is not None,
    }


ROUTES = [Route("/api/session", read_session)]
