"""Modules with handlers of the app that nothing imports are named; others are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.errors import AppLoadError
from domovoi_tf.loading import loader, unimported_handlers
from domovoi_tf.loading.recording.records import ImportedModule, OpenedFile, ReadApplication
from domovoi_tf.loading.unimported_handlers import find_unimported_handlers

APP = "from domovoi_tf import Domovoi\n\napp = Domovoi()\n"
DECORATED = "@app.scheduled_function('rate(1 day)')\ndef {}(event, context): ...\n"
PASSED = "def register(bar):\n    @bar.scheduled_function('rate(1 day)')\n    def tick(event, context): ...\n"
TICK = f"from app import app\n\n{DECORATED.format('tick')}"


def write(project: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content)


def read(project: Path, **modules: str) -> ReadApplication:
    """Returns an app that imported some modules, each given by its name and its file."""
    return ReadApplication(
        functions=(),
        routes=(),
        modules=tuple(ImportedModule(name=name, file=str(project / file)) for name, file in modules.items()),
    )


def find(project: Path, files: dict[str, str], **modules: str) -> list[str]:
    entry = "app.py" if "app/__init__.py" not in files else "app/__init__.py"
    write(project, {entry: APP, **files})
    notices = find_unimported_handlers(project, [read(project, app=entry, **modules)])
    return [f"{notice.location}: {notice.message}" for notice in notices]


def spell(where: str, handlers: str, statement: str, entry: str = "app.py") -> str:
    file = where.partition(":")[0]
    return (
        f"{where}: {handlers} not deployed, because no module of the app imports {file}: write {statement} "
        f"in {entry}, below app = Domovoi()"
    )


@pytest.mark.parametrize(
    ("files", "notice"),
    [
        ({"handlers.py": TICK}, spell("handlers.py:3", "tick is", "import handlers")),
        (
            {"handlers.py": TICK + DECORATED.format("tock").replace("def", "async def")},
            spell("handlers.py:3", "tick and tock are", "import handlers"),
        ),
        (
            {"handlers.py": TICK + "".join(DECORATED.format(each) for each in "abcd")},
            spell("handlers.py:3", "tick, a, b and 2 more are", "import handlers"),
        ),
        (
            {"handlers.py": f"import functools\n{TICK}".replace("\n@", "\n@functools.cache\n@")},
            spell("handlers.py:5", "tick is", "import handlers"),
        ),
        (
            {"handlers.py": f"import app as bar\n{DECORATED.format('tick').replace('app', 'bar.app')}"},
            spell("handlers.py:2", "tick is", "import handlers"),
        ),
        (
            {"handlers.py": f"from app import app as bar\n{DECORATED.format('tick').replace('app', 'bar')}"},
            spell("handlers.py:2", "tick is", "import handlers"),
        ),
        (
            {"handlers.py": "from app import app\nfrom bills import pay\napp.function_url()(pay)\n"},
            spell("handlers.py:3", "pay is", "import handlers"),
        ),
        (
            {"handlers.py": "from app import app\napp.function_url()(lambda event: 0)\n"},
            spell("handlers.py:2", "a handler is", "import handlers"),
        ),
        (
            {"handlers.py": PASSED},
            spell("handlers.py:2", "tick is", "from handlers import register, and register(app)"),
        ),
        (
            {"handlers/__init__.py": "", "handlers/billing.py": TICK},
            spell("handlers/billing.py:3", "tick is", "from handlers import billing"),
        ),
        ({"handlers/__init__.py": TICK}, spell("handlers/__init__.py:3", "tick is", "import handlers")),
        ({"chalicelib/a.py": TICK}, spell("chalicelib/a.py:3", "tick is", "from chalicelib import a")),
        (
            {"app/__init__.py": APP, "app/bills.py": TICK.replace("from app", "from .")},
            spell("app/bills.py:3", "tick is", "from app import bills", "app/__init__.py"),
        ),
        (
            {"app/__init__.py": APP, "app/sub/bills.py": TICK.replace("from app", "from ..")},
            spell("app/sub/bills.py:3", "tick is", "from app.sub import bills", "app/__init__.py"),
        ),
    ],
)  # fmt: skip
def test_module_that_nothing_imports_is_named(tmp_path: Path, files: dict[str, str], notice: str) -> None:
    assert find(tmp_path, files) == [notice]


def test_app_may_come_from_another_module_of_the_app(tmp_path: Path) -> None:
    files = {"bar/core.py": APP, "bar/bills.py": TICK.replace("from app", "from .core"), "src/mail.py": TICK}
    assert find(tmp_path, files, **{"bar.core": "bar/core.py", "post": "src/post.py"}) == [
        spell("bar/bills.py:3", "tick is", "from bar import bills"),
        spell("src/mail.py:3", "tick is", "import mail"),
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"handlers.py": TICK.replace("from app import app", "from flask import app")},
        {"handlers.py": f"{APP}{DECORATED.format('tick')}"},
        {"handlers.py": TICK.replace("scheduled_function", "route")},
        {"handlers.py": "from app import app\nprint(app.scheduled_function)\n"},
        {"handlers.py": "from app import app\nhelp = '@app.scheduled_function()'\n"},
        {"handlers.py": f"{TICK}def (\n"},
        {"handlers.py": TICK.replace("from app import app", "from ...app import app")},
        {"app.py": f"{APP}import os\nif 'X' in os.environ:\n    import handlers\n", "handlers.py": TICK},
        {"app.py": f"{APP}def later():\n    from lib.handlers import tick\n", "lib/handlers.py": TICK},
        {"app.py": f"{APP}import lib.handlers.more\n", "lib/handlers/__init__.py": TICK},
        {"test_handlers.py": TICK, "handlers_test.py": TICK, "conftest.py": TICK, "setup.py": TICK},
        {"tests/handlers.py": TICK, "test/a.py": TICK, "build/lib/a.py": TICK, "vendor/a.py": TICK},
        {".venv/a.py": TICK, "env/pyvenv.cfg": "", "env/lib/a.py": TICK, "node_modules/a.py": TICK},
        {"other/app.py": APP, "other/handlers.py": TICK, "more/.chalice/config.json": "", "more/a.py": TICK},
        {"packaged/app/__init__.py": APP, "packaged/a.py": TICK},
        {"handlers copy.py": TICK, "old-handlers/a.py": TICK},
    ],
)
def test_other_modules_are_not_named(tmp_path: Path, files: dict[str, str]) -> None:
    assert find(tmp_path, files) == []


def test_module_that_is_imported_or_run_in_one_stage_is_not_named(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": APP, "handlers.py": TICK, "script.py": TICK})
    (tmp_path / "link.py").symlink_to("handlers.py")
    dev = read(tmp_path, app="app.py")
    run = dev.replace(files=(OpenedFile(file=str(tmp_path / "script.py")),))
    prod = read(tmp_path, app="app.py", handlers="handlers.py")
    assert len(find_unimported_handlers(tmp_path, [dev])) == 3
    assert find_unimported_handlers(tmp_path, [run, prod]) == ()


def test_search_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(find(tmp_path, {"a/b/handlers.py": TICK, "c/handlers.py": TICK})) == 2
    monkeypatch.setattr(unimported_handlers, "_MAX_FOLDERS", 3)
    assert len(find(tmp_path, {})) == 1
    monkeypatch.setattr(unimported_handlers, "_MAX_BYTES", 10)
    assert find(tmp_path, {}) == []


def test_app_without_handlers_names_the_modules_that_have_some(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": APP, "lib/bills.py": TICK, "mail.py": TICK + DECORATED.format("tock")})
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path)
    assert str(raised.value) == (
        "The app in app.py has no handlers: no module of the app imports mail.py (tick and tock) and "
        "lib/bills.py (tick).\nWrite import mail, from lib import bills in app.py, below app = Domovoi()."
    )
    write(tmp_path, {"app.py": f"{APP}import mail\nfrom lib import bills\n"})
    assert find_unimported_handlers(tmp_path, [loader.load(tmp_path)]) == ()
