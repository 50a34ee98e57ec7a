"""Errors of uv name the cause and a remedy that works."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from package_index import PURE, make_source, use_index, write_files

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.build import build
from domovoi_tf.packaging.target import Target

CREDENTIALS = (
    "Check its URL, and give uv valid credentials for it: in ~/.netrc, with `uv auth login`, or in the URL. "
    "See https://docs.astral.sh/uv/concepts/authentication/."
)
NETWORK = "Check its URL, the network and the proxy, or try again later."


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    return write_files(tmp_path / "project", {"app.py": ""})


@contextmanager
def serve_index(status: int) -> Iterator[str]:
    """Runs a package index that answers every request with a status, and returns its host."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def fail(project: Path, file: str, text: str) -> list[str]:
    """Returns the lines of the error that a requirements file causes."""
    write_files(project, {file: text})
    with pytest.raises(PackageError) as raised:
        build(project, project.parent / "package.zip", Target())
    return str(raised.value).splitlines()


@pytest.mark.parametrize(
    ("status", "problem", "remedy"),
    [
        (401, "refused the request: 401 Unauthorized", CREDENTIALS),
        (403, "refused the request: 403 Forbidden", CREDENTIALS),
        (500, "answered 500 Internal Server Error", NETWORK),
        (503, "answered 503 Service Unavailable", NETWORK),
    ],
)
@pytest.mark.parametrize("option", ["--index-url", "--extra-index-url"])
def test_index_that_refuses_or_fails_is_named_and_not_the_package(
    project: Path, status: int, problem: str, remedy: str, option: str
) -> None:
    with serve_index(status) as host:
        url = f"http://user:secret@{host}/team/simple"
        lines = fail(project, "requirements.txt", f"{option} {url}\ndrinks-of-nobody==1\n")
    assert lines[:3] == [
        f"requirements.txt: the package index http://{host}/… {problem}.",
        remedy,
        "Output of uv:",
    ]
    assert "secret" not in "".join(lines)


def test_index_without_the_package_names_the_package(project: Path) -> None:
    with serve_index(404) as host:
        lines = fail(project, "requirements.txt", f"--index-url http://{host}/simple\ndrinks\n")
    assert lines[:2] == [
        "requirements.txt: there is no package drinks.",
        "Correct the name in requirements.txt, or add the index that has the package with --index-url there.",
    ]


def test_unreachable_index_is_named(project: Path) -> None:
    with serve_index(404) as host:
        pass
    lines = fail(project, "requirements.txt", f"--index-url http://{host}/simple\ndrinks\n")
    assert lines[:2] == [f"requirements.txt: the package index http://{host}/… cannot be reached.", NETWORK]


@pytest.fixture
def package(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Adds a local package to the project."""
    use_index(project.parent, monkeypatch)
    folder = write_files(project / "libs" / "mine", make_source("mine", "1.0", PURE))
    path = folder / "pyproject.toml"
    path.write_text(f'{path.read_text()}[project]\nname = "mine"\nversion = "1.0"\n')
    (folder / "backend.py").write_text(
        f"{(folder / 'backend.py').read_text()}\nbuild_editable = build_wheel\n"
    )
    return folder


@pytest.mark.parametrize("line", ["-e ./libs/mine", "--editable=libs/mine", "-e libs/mine/"])
def test_editable_package_is_an_error_whose_remedy_works(project: Path, package: Path, line: str) -> None:
    assert fail(project, "requirements.txt", f"{line}\n") == [
        "requirements.txt: mine is editable: it is only a link to a folder on this machine.",
        "Write ./libs/mine instead of -e ./libs/mine: it is then built for the package.",
    ]
    write_files(project, {"requirements.txt": "./libs/mine\n"})
    built = build(project, project.parent / "package.zip", Target())
    assert "mine 1.0" in [part.name for part in built.zip.parts]


def test_editable_source_of_a_project_is_an_error_whose_remedy_works(project: Path, package: Path) -> None:
    text = '[project]\nname = "bar"\nversion = "1"\ndependencies = ["mine"]\n[tool.uv.sources]\n'
    assert fail(project, "pyproject.toml", f'{text}mine = {{path = "libs/mine", editable = true}}\n') == [
        "pyproject.toml: mine is editable: it is only a link to a folder on this machine.",
        "Remove `editable = true` from its source in pyproject.toml: it is then built for the package.",
    ]
    write_files(project, {"pyproject.toml": f'{text}mine = {{path = "libs/mine"}}\n'})
    built = build(project, project.parent / "package.zip", Target())
    assert "mine 1.0" in [part.name for part in built.zip.parts]


def test_editable_project_itself_is_an_error_whose_remedy_works(project: Path, package: Path) -> None:
    write_files(project, {path.name: path.read_text() for path in package.iterdir()})
    assert fail(project, "requirements.txt", "-e .\n") == [
        "requirements.txt: mine is editable: it is only a link to a folder on this machine.",
        "Remove the line: the package contains the project's own modules that the app imports anyway. The "
        "dependencies in pyproject.toml are used if there is no requirements.txt.",
    ]
    (project / "requirements.txt").unlink()
    build(project, project.parent / "package.zip", Target())
