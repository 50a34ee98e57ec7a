"""Terraform: the pending change of the tree, and the blocks of the rendered files by their owner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domovoi_tf.console.answers import make_json_answer, read_body
from domovoi_tf.console.views.state import Console, get_console
from domovoi_tf.plans.resource_owners import Owner, Owners, read_owners
from domovoi_tf.plans.sources.blocks import LocatedBlock, locate_blocks
from domovoi_tf.plans.sources.scanner import SourceError
from domovoi_tf.system.suggestions import spell

#: The blocks that create something. Others, such as variables, are in the files that these name.
_TYPES = ("module", "resource", "data")
_MAX_BLOCKS = 3000
#: The call of the app in a stage's root, which belongs to the stage.
_APP = "module.app"


async def read_terraform(request: Request) -> Response:
    """Answers with the pending change and the blocks."""
    return make_json_answer(await run_in_threadpool(_describe_terraform, get_console(request)))


async def apply_changes(request: Request) -> Response:
    """Applies the pending change, and answers when it is applied."""
    await read_body(request)
    await get_console(request).require_controls().apply_changes()
    return make_json_answer({})


def _describe_terraform(console: Console) -> dict[str, Any]:
    change = console.feed.state.get("change", {})
    tree = console.project.tree
    blocks = list(_list_blocks(tree, console.project.stage))
    missing = (
        f"The app is not rendered: {tree.name} has no app/. Run `{spell('render', console.project.stage)}`."
    )
    return {
        "pending": _group_lines(change.get("lines", [])),
        "resources": blocks[:_MAX_BLOCKS],
        "problem": change.get("problem") or ("" if (tree / "app").is_dir() else missing),
    }


def _group_lines(lines: list[str]) -> list[dict[str, Any]]:
    """Returns the lines of a pending change by handler, whose name each begins with."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        owner, _, rest = line.partition("  ")
        groups.setdefault(owner if rest else "", []).append(rest.strip() or line)
    return [{"handler": owner, "lines": own} for owner, own in groups.items()]


def _list_blocks(tree: Path, stage: str) -> Iterator[dict[str, Any]]:
    app = tree / "app"
    owners = read_owners(app) if app.is_dir() else Owners({})
    found = [
        *_read_folder(tree, app, _APP, owners),
        *_read_folder(tree, tree / "stages" / stage, "", owners),
    ]
    for _, block in sorted(found, key=lambda each: each[0].sort_key):
        yield block


def _read_folder(
    tree: Path, folder: Path, module: str, owners: Owners
) -> Iterator[tuple[Owner, dict[str, Any]]]:
    for path in sorted(folder.glob("*.tf")):
        try:
            blocks = [*locate_blocks(path.read_text(encoding="utf-8"))]
        except (OSError, SourceError, ValueError):  # a file of the user's own, which Terraform judges
            continue
        for block in blocks:
            if block.type in _TYPES and len(block.labels) == 1 + (block.type != "module"):
                address, owner = _identify(block, module, owners)
                yield (
                    owner,
                    {
                        "address": address,
                        "handler": owner.title,
                        "type": "module" if block.type == "module" else block.labels[0],
                        "file": path.relative_to(tree).as_posix(),
                        "line": block.line,
                        "block": block.text,
                    },
                )


def _identify(block: LocatedBlock, module: str, owners: Owners) -> tuple[str, Owner]:
    """Returns the address of a block and its owner."""
    prefix = {"module": "module.", "data": "data."}.get(block.type, "")
    address = ".".join(part for part in (module, f"{prefix}{'.'.join(block.labels)}") if part)
    if block.type == "module":
        return address, owners.find_owner("" if address == _APP else address, "")
    return address, owners.find_owner(module, block.labels[0])


ROUTES = [
    Route("/api/terraform", read_terraform),
    Route("/api/terraform/apply", apply_changes, methods=["POST"]),
]
