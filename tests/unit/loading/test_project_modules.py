"""The files that an app is made from are those that its imports reach, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.loading.project_modules import project_modules, shadows


def found(project: Path, **files: str) -> list[str]:
    for name, text in files.items():
        put(project, f"{name.replace('__', '/')}.py", text)
    return [path.relative_to(project).as_posix() for path in project_modules(project)]


def put(project: Path, name: str, text: str = "") -> None:
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
def test_a_module_that_is_imported_anywhere_in_the_source(tmp_path: Path, statement: str) -> None:
    assert found(tmp_path, app=statement, bill="", other="import app") == ["app.py", "bill.py"]


def test_what_the_imported_imports_in_circles_too(tmp_path: Path) -> None:
    assert found(tmp_path, app="import a", a="import b", b="import a, app, c", c="", d="") == [
        "a.py",
        "app.py",
        "b.py",
        "c.py",
    ]


def test_a_package_comes_whole_with_its_data_and_without_its_tests(tmp_path: Path) -> None:
    put(tmp_path, "handlers/__init__.py")
    for name in ("text/mail.html", "deep/__init__.py", "deep/x.py", "py.typed"):
        put(tmp_path, f"handlers/{name}")
    for name in ("tests/test_x.py", "test_y.py", "y_test.py", "conftest.py", "x.pyc", "__pycache__/x.py"):
        put(tmp_path, f"handlers/{name}")
    put(tmp_path, "handlers/.venv/pyvenv.cfg")
    put(tmp_path, "handlers/.venv/lib/x.py")
    assert found(tmp_path, app="from handlers.deep import x") == [
        "app.py",
        "handlers/__init__.py",
        "handlers/deep/__init__.py",
        "handlers/deep/x.py",
        "handlers/py.typed",
        "handlers/text/mail.html",
    ]


def test_a_folder_without_init_is_no_package_and_gives_what_is_imported(tmp_path: Path) -> None:
    files = {"handlers__billing": "from . import shared", "handlers__shared": "", "handlers__other": ""}
    assert found(tmp_path, app="from handlers.billing import register", **files) == [
        "app.py",
        "handlers/billing.py",
        "handlers/shared.py",
    ]
    assert found(tmp_path, app="from handlers import other") == ["app.py", "handlers/other.py"]


def test_the_app_may_be_a_package_with_relative_imports(tmp_path: Path) -> None:
    files = {
        "app____init__": "from .a import x\nfrom .. import b",
        "app__a": "from c.d import y",
        "c__d": "",
        "b": "",
    }
    for name, text in files.items():
        put(tmp_path, f"{name.replace('__', '/', 1)}.py", text)
    put(tmp_path, "app/table.json", "{}")
    assert found(tmp_path) == ["app/__init__.py", "app/a.py", "app/table.json", "c/d.py"]


def test_folders_that_are_in_the_package_anyway_are_not_among_them_but_what_they_import_is(
    tmp_path: Path,
) -> None:
    files = {"domovoilib__bar": "import common", "chalicelib__x": "", "common": "", "vendor__v": ""}
    assert found(tmp_path, app="import vendor.v, v, domovoilib.bar", **files) == ["app.py", "common.py"]


def test_a_package_comes_before_a_module_of_its_name(tmp_path: Path) -> None:
    put(tmp_path, "bill/__init__.py")
    assert found(tmp_path, app="import bill", bill="") == ["app.py", "bill/__init__.py"]


def test_installed_packages_what_is_missing_and_what_cannot_be_parsed(tmp_path: Path) -> None:
    assert found(tmp_path, app="import click, nowhere.at.all, bad, docs", bad="x = (", docs__conf="") == [
        "app.py",
        "bad.py",
    ]
    (tmp_path / "app.py").write_bytes(b"\xff\0")
    assert found(tmp_path) == ["app.py"]


def test_no_app_has_no_modules(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    put(tmp_path, "real/x.py")
    put(tmp_path, "handlers/__init__.py")
    (tmp_path / "handlers" / "up").symlink_to(tmp_path / "handlers")
    (tmp_path / "handlers" / "real").symlink_to(tmp_path / "real")
    assert found(tmp_path, app="import handlers") == ["app.py", "handlers/__init__.py", "handlers/real/x.py"]


def test_a_module_that_hides_the_standard_library_s(tmp_path: Path) -> None:
    put(tmp_path, "email/__init__.py")
    assert found(tmp_path, app="import queue, email, sys", queue="", code="")
    said = [f"{n.location}: {n.message}" for n in shadows(tmp_path)]
    assert said == [
        f"{file}:1: the module {name} hides the one of Python's standard library, from the app and from all "
        "that it imports: rename it"
        for file, name in (("email/__init__.py", "email"), ("queue.py", "queue"))
    ]
