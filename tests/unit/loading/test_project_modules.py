"""The files of an app are those that its import statements reach, and no others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from domovoi_tf.errors import AppLoadError
from domovoi_tf.loading.project_modules import (
    find_project_modules,
    find_shadowing_modules,
)


def find_files(project: Path, **files: str) -> list[str]:
    for name, text in files.items():
        write_file(project, f"{name.replace('__', '/')}.py", text)
    return [path.relative_to(project).as_posix() for path in find_project_modules(project)]


def write_file(project: Path, name: str, text: str = "") -> None:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    "statement",
    [
        "import bill",
        "import bill as b",
        "from bill import register",
        "from bill import *",
        "import os, bill",
        "def handler(event, context):\n    import bill",
        "try:\n    import bill\nexcept ImportError: ...",
        "try: ...\nexcept ImportError:\n    import bill",
        "match 1:\n    case 1:\n        with x:\n            for y in z: ...\n            else: import bill",
        "if 1: ...\nelif 2:\n    class A:\n        async def b():\n            import bill",
    ],
)
def test_import_may_stand_anywhere_in_the_source(tmp_path: Path, statement: str) -> None:
    assert find_files(tmp_path, app=statement, bill="", other="import app") == ["app.py", "bill.py"]


def test_unreadable_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "domovoilib").mkdir()
    monkeypatch.setattr(Path, "iterdir", refuse)  # root, which runs the tests at times, reads everything
    with pytest.raises(AppLoadError) as raised:
        find_files(tmp_path, app="")
    assert raised.value.message == f"{tmp_path / 'domovoilib'} cannot be read: Permission denied."
    assert raised.value.remedy == "Correct its permissions, or remove it."


def test_imports_are_followed_through_circles(tmp_path: Path) -> None:
    assert find_files(tmp_path, app="import a", a="import b", b="import a, app, c", c="", d="") == [
        "a.py",
        "app.py",
        "b.py",
        "c.py",
    ]


def test_package_includes_its_data_but_not_its_tests(tmp_path: Path) -> None:
    write_file(tmp_path, "handlers/__init__.py")
    for name in ("text/mail.html", "deep/__init__.py", "deep/x.py", "py.typed"):
        write_file(tmp_path, f"handlers/{name}")
    for name in ("tests/test_x.py", "test_y.py", "y_test.py", "conftest.py", "x.pyc", "__pycache__/x.py"):
        write_file(tmp_path, f"handlers/{name}")
    write_file(tmp_path, "handlers/.venv/pyvenv.cfg")
    write_file(tmp_path, "handlers/.venv/lib/x.py")
    assert find_files(tmp_path, app="from handlers.deep import x") == [
        "app.py",
        "handlers/__init__.py",
        "handlers/deep/__init__.py",
        "handlers/deep/x.py",
        "handlers/py.typed",
        "handlers/text/mail.html",
    ]


def test_namespace_package_includes_only_the_imported_modules(tmp_path: Path) -> None:
    files = {"handlers__billing": "from . import shared", "handlers__shared": "", "handlers__other": ""}
    assert find_files(tmp_path, app="from handlers.billing import register", **files) == [
        "app.py",
        "handlers/billing.py",
        "handlers/shared.py",
    ]
    assert find_files(tmp_path, app="from handlers import other") == ["app.py", "handlers/other.py"]


def test_app_may_be_a_package_with_relative_imports(tmp_path: Path) -> None:
    files = {
        "app____init__": "from .a import x\nfrom .. import b",
        "app__a": "from c.d import y",
        "c__d": "",
        "b": "",
    }
    for name, text in files.items():
        write_file(tmp_path, f"{name.replace('__', '/', 1)}.py", text)
    write_file(tmp_path, "app/table.json", "{}")
    assert find_files(tmp_path) == ["app/__init__.py", "app/a.py", "app/table.json", "c/d.py"]


def test_whole_folders_are_left_out_but_their_imports_are_followed(
    tmp_path: Path,
) -> None:
    files = {"domovoilib__bar": "import common", "chalicelib__x": "", "common": "", "vendor__v": ""}
    assert find_files(tmp_path, app="import vendor.v, v, domovoilib.bar", **files) == ["app.py", "common.py"]


def test_package_takes_precedence_over_module_of_the_same_name(tmp_path: Path) -> None:
    write_file(tmp_path, "bill/__init__.py")
    assert find_files(tmp_path, app="import bill", bill="") == ["app.py", "bill/__init__.py"]


def test_installed_missing_and_unparsable_modules_are_tolerated(tmp_path: Path) -> None:
    assert find_files(
        tmp_path, app="import click, nowhere.at.all, bad, docs", bad="x = (", docs__conf=""
    ) == [
        "app.py",
        "bad.py",
    ]
    (tmp_path / "app.py").write_bytes(b"\xff\0")
    assert find_files(tmp_path) == ["app.py"]


def test_project_without_app_has_no_modules(tmp_path: Path) -> None:
    assert find_files(tmp_path) == []


def test_links_are_followed_once(tmp_path: Path) -> None:
    write_file(tmp_path, "real/x.py")
    write_file(tmp_path, "handlers/__init__.py")
    (tmp_path / "handlers" / "up").symlink_to(tmp_path / "handlers")
    (tmp_path / "handlers" / "real").symlink_to(tmp_path / "real")
    assert find_files(tmp_path, app="import handlers") == [
        "app.py",
        "handlers/__init__.py",
        "handlers/real/x.py",
    ]


@pytest.mark.parametrize("link", ["handlers/up", "domovoilib/up", "chalicelib"])
@pytest.mark.parametrize("target", ["/", "/dev/zero", "../../outside"])
def test_link_out_of_the_project_is_an_error(tmp_path: Path, link: str, target: str) -> None:
    project = tmp_path / "project"
    write_file(project, "handlers/__init__.py")
    write_file(project, "domovoilib/x.py")
    write_file(tmp_path, "outside/x.py")
    (project / link).symlink_to(target if "/" in link else target.removeprefix("../"))
    if link == "chalicelib" and target == "/dev/zero":
        assert find_files(project, app="import handlers") == ["app.py", "handlers/__init__.py"]
        return
    with pytest.raises(AppLoadError) as raised:
        find_files(project, app="import handlers")
    shown = tmp_path / "outside" if target.startswith("..") else target
    assert str(raised.value) == (
        f"{link} links to {shown}, which is outside the project folder.\n"
        "Replace the link with a copy of the file or folder."
    )


def test_special_files_and_links_to_themselves_are_left_out(tmp_path: Path) -> None:
    write_file(tmp_path, "domovoilib/x.py", "import bill")
    os.mkfifo(tmp_path / "domovoilib" / "fifo.py")
    os.mkfifo(tmp_path / "bill.py")
    (tmp_path / "domovoilib" / "self").symlink_to("self")
    assert find_files(tmp_path, app="") == ["app.py"]


def test_module_that_hides_a_standard_library_module_is_reported(tmp_path: Path) -> None:
    write_file(tmp_path, "email/__init__.py")
    assert find_files(tmp_path, app="import queue, email, sys", queue="", code="")
    notices = [f"{n.location}: {n.message}" for n in find_shadowing_modules(tmp_path)]
    assert notices == [
        f"{file}:1: the module {name} hides Python's standard library module of the same name from the app "
        "and from everything that it imports: rename it"
        for file, name in (("email/__init__.py", "email"), ("queue.py", "queue"))
    ]
