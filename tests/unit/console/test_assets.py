"""The files of the pages, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import PAGE, Client


@pytest.mark.parametrize(
    "path",
    ["/", "/events", "/events/12", "/machines", "/machines/brew/x:y", "/queues", "/logs", "/terraform"],
)
def test_every_page_has_the_same_file(client: Client, path: str) -> None:
    response, body = client.send("GET", path)
    assert (response.status, body) == (200, PAGE)
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_file_is_asked_for_again_only_after_it_has_changed(client: Client, static: Path) -> None:
    response, body = client.send("GET", "/static/vendor/page.js")
    assert (response.status, body) == (200, "export const page = 1;")
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    headers = {"If-None-Match": response.headers["etag"]}
    response, body = client.send("GET", "/static/vendor/page.js", headers)
    assert (response.status, body) == (304, "")
    (static / "vendor" / "page.js").write_text("export const page = 2;")
    response, body = client.send("GET", "/static/vendor/page.js", headers)
    assert (response.status, body) == (200, "export const page = 2;")


def test_file_that_appears_later_is_found(client: Client, static: Path) -> None:
    assert client.send("GET", "/static/late.css")[0].status == 404
    (static / "late.css").write_text("a {}")
    assert client.send("GET", "/static/late.css")[1] == "a {}"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.js",
        "/static/%2e%2e/secret.js",
        "/static/..%2fsecret.js",
        "/static/%2e%2e%2fsecret.js",
        "/static/..%5csecret.js",
        "/static/vendor/../../secret.js",
        "/static//secret.js",
        "/static/%00secret.js",
        "/static/vendor",
        "/static/vendor/",
        "/static/",
        "/../secret.js",
        "/static/{folder}/secret.js",
        "/static/%2f{folder}/secret.js",
        "/static/link.js",
        "/static/notes.py",
    ],
)
def test_no_path_leads_out_of_the_folder(client: Client, static: Path, path: str) -> None:
    (static / "link.js").symlink_to(static.parent / "secret.js")
    (static / "notes.py").write_text("secret")
    response, body = client.send("GET", path.format(folder=static.parent))
    assert response.status == 404
    assert "secret" not in body
