"""Terraform: the pending change of the tree, and the blocks of the rendered resources."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domovoi_tf.console.answers import make_json_answer, read_body
from domovoi_tf.console.views.state import get_console


async def apply_changes(request: Request) -> Response:
    """Applies the pending change."""
    await read_body(request)
    await get_console(request).require_controls().apply_changes()
    return make_json_answer({})


ROUTES = [Route("/api/terraform/apply", apply_changes, methods=["POST"])]
