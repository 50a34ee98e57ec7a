"""Serves the files of the console's pages, which the package contains."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


class Assets:
    """The files in a folder, by their paths in it.

    Only files that the folder lists are served, so that no path leads out of it.

    Args:
        folder: the folder.
    """

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._files: dict[str, Path] = {}

    async def serve_file(self, request: Request) -> Response:
        """Answers a request for a file."""
        return self._answer(request, request.path_params["path"])

    async def serve_page(self, request: Request) -> Response:
        """Answers a request for a page: they all have the same file, which shows what the address names."""
        return self._answer(request, "index.html")

    def _answer(self, request: Request, name: str) -> Response:
        content = self._find(name).read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"Cache-Control": "no-cache", "ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers={**headers, "Content-Type": _TYPES[Path(name).suffix]})

    def _find(self, name: str) -> Path:
        if name not in self._files or not self._files[name].is_file():
            self._files = {
                path.relative_to(self._folder).as_posix(): path
                for path in self._folder.rglob("*")
                if path.suffix in _TYPES and path.is_file() and not path.is_symlink()
            }
        if name not in self._files:
            raise HTTPException(404)
        return self._files[name]
