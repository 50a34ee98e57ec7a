"""The watch of a project's files, with real files and the real events of the operating system."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from domovoi_tf.dev import source_watch
from domovoi_tf.dev.source_watch import Changes, watch
from domovoi_tf.errors import DomovoiError

#: A test that waits longer fails.
PATIENCE = 30.0
Scenario = Callable[["Watched"], Awaitable[None]]


class Watched:
    """A project that is watched."""

    def __init__(self, project: Path, changes: AsyncIterator[Changes]) -> None:
        self.project = project
        self._changes = changes

    async def read(self) -> Changes:
        """Returns the next change."""
        return await asyncio.wait_for(anext(self._changes), PATIENCE)

    async def read_names(self) -> list[str]:
        """Returns the paths of the next change."""
        return [path.relative_to(self.project).as_posix() for path in (await self.read()).paths]

    async def require_nothing_more(self) -> None:
        """Checks that the next change is that of a file which is written now."""
        (self.project / "last.py").write_text("1\n")
        assert await self.read_names() == ["last.py"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("app.py", "domovoilib/text.py", "domovoilib/words.txt", ".chalice/config.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("first\n")
    return folder


@pytest.fixture
def play(project: Path) -> Iterator[Callable[[Scenario], None]]:
    """Plays a scenario in a watched project."""

    async def run(scenario: Scenario) -> None:
        stop = asyncio.Event()
        changes = watch(project, stop)
        await scenario(Watched(project, changes))
        stop.set()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(changes), PATIENCE)

    yield lambda scenario: asyncio.run(run(scenario))


def test_saved_file_is_one_change(play: Callable[[Scenario], None]) -> None:
    async def scenario(watched: Watched) -> None:
        for _ in range(3):
            with (watched.project / "app.py").open("a") as file:
                file.write("more\n")
            assert await watched.read() == Changes(
                code=True, configuration=False, paths=(watched.project / "app.py",)
            )
        await watched.require_nothing_more()

    play(scenario)


def test_file_that_is_saved_by_renaming_is_one_change(play: Callable[[Scenario], None]) -> None:
    """Vim first tries whether it may create a file, then writes beside the source, and renames."""

    async def scenario(watched: Watched) -> None:
        (watched.project / "4913").write_text("")
        (watched.project / "4913").unlink()
        (watched.project / "app.py").rename(watched.project / "app.py~")
        (watched.project / "app.py.new").write_text("second\n")
        (watched.project / "app.py.new").rename(watched.project / "app.py")
        assert await watched.read_names() == ["app.py"]
        (watched.project / "app.py~").unlink()
        await watched.require_nothing_more()

    play(scenario)


def test_file_that_is_written_twice_is_one_change(play: Callable[[Scenario], None]) -> None:
    async def scenario(watched: Watched) -> None:
        (watched.project / "app.py").write_text("second\n")
        (watched.project / "app.py").write_text("third\n")
        assert await watched.read_names() == ["app.py"]
        await watched.require_nothing_more()

    play(scenario)


def test_file_that_is_emptied_first_is_one_change(
    play: Callable[[Scenario], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = patch_patience(monkeypatch, lambda names: names["app.py"][1] == 0)

    async def scenario(watched: Watched) -> None:
        with (watched.project / "app.py").open("w") as file:
            change = asyncio.create_task(watched.read_names())
            await asyncio.wait_for(asyncio.to_thread(listed), PATIENCE)
            file.write("second\n")
        assert await change == ["app.py"]
        await watched.require_nothing_more()

    play(scenario)


def test_checkout_of_many_files_is_one_change(play: Callable[[Scenario], None], project: Path) -> None:
    run_git(project, "init", "--quiet", "--initial-branch=main")
    commit(project, "one")
    run_git(project, "checkout", "--quiet", "-b", "other")
    names = [f"domovoilib/part{number}/module{number}.py" for number in range(500)]
    for name in names:
        (project / name).parent.mkdir()
        (project / name).write_text(f"value = '{name}'\n" * 50)
    commit(project, "two")
    run_git(project, "checkout", "--quiet", "main")
    assert not (project / names[0]).exists()

    async def scenario(watched: Watched) -> None:
        for branch in ("other", "main"):
            change = asyncio.create_task(watched.read_names())
            await asyncio.to_thread(run_git, project, "checkout", "--quiet", branch)
            assert await change == sorted(names)
        await watched.require_nothing_more()

    play(scenario)


def test_folder_that_is_removed_and_comes_back_is_one_change(
    play: Callable[[Scenario], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = patch_patience(monkeypatch, lambda names: "domovoilib/text.py" not in names)

    async def scenario(watched: Watched) -> None:
        shutil.rmtree(watched.project / "domovoilib")
        change = asyncio.create_task(watched.read_names())
        await asyncio.wait_for(asyncio.to_thread(listed), PATIENCE)
        (watched.project / "domovoilib").mkdir()
        (watched.project / "domovoilib" / "words.txt").write_text("second\n")
        (watched.project / "domovoilib" / "text.py").write_text("second\n")
        assert await change == ["domovoilib/text.py", "domovoilib/words.txt"]
        # It is watched again.
        (watched.project / "domovoilib" / "text.py").write_text("third time\n")
        assert await watched.read_names() == ["domovoilib/text.py"]
        await watched.require_nothing_more()

    play(scenario)


def test_removed_file_is_a_change(play: Callable[[Scenario], None]) -> None:
    async def scenario(watched: Watched) -> None:
        (watched.project / "domovoilib" / "text.py").unlink()
        assert await watched.read_names() == ["domovoilib/text.py"]
        await watched.require_nothing_more()

    play(scenario)


def test_files_of_new_folders_are_changes(play: Callable[[Scenario], None]) -> None:
    async def scenario(watched: Watched) -> None:
        (watched.project / "vendor" / "inner").mkdir(parents=True)
        (watched.project / "vendor" / "inner" / "data.bin").write_bytes(b"\0")
        assert await watched.read_names() == ["vendor/inner/data.bin"]
        (watched.project / "vendor" / "inner" / "data.bin").write_bytes(b"\0\1")
        assert await watched.read_names() == ["vendor/inner/data.bin"]

    play(scenario)


@pytest.mark.parametrize(
    ("name", "code", "configuration"),
    [
        ("app/__init__.py", True, False),
        ("app/words.json", True, False),
        ("prices.csv", True, False),
        ("vendor/lib/data.txt", True, False),
        ("app/tests/helper.py", True, False),
        (".chalice/policy-dev.json", False, True),
        ("requirements.txt", False, True),
        ("requirements-dev.in", False, True),
        ("pyproject.toml", False, True),
        ("uv.lock", False, True),
        ("machines/order.asl.json", False, True),
    ],
)
def test_kinds_of_files(play: Callable[[Scenario], None], name: str, code: bool, configuration: bool) -> None:
    async def scenario(watched: Watched) -> None:
        (watched.project / name).parent.mkdir(parents=True, exist_ok=True)
        (watched.project / name).write_text("new\n")
        assert await watched.read() == Changes(code, configuration, (watched.project / name,))

    play(scenario)


@pytest.mark.parametrize(
    "name",
    [
        "terraform/app/main.tf",
        "out/.domovoi-tf.json",
        "tests/test_app.py",
        ".venv/lib/module.py",
        "env/pyvenv.cfg",
        ".git/HEAD",
        ".domovoi-tf/events.sqlite3",
        ".idea/workspace.xml",
        ".mypy_cache/3.11/app.json",
        ".chalice/deployed/dev.json",
        "node_modules/left/pad.js",
        "domovoilib/__pycache__/text.cpython-311.pyc",
        "domovoilib/.text.py.swp",
        "domovoilib/.#text.py",
        "domovoilib/text.py___jb_tmp___",
        ".goutputstream-ABC",
        "debug.log",
        "orders.sqlite3-wal",
    ],
)
def test_ignored_files(play: Callable[[Scenario], None], name: str) -> None:
    async def scenario(watched: Watched) -> None:
        (watched.project / name).parent.mkdir(parents=True, exist_ok=True)
        (watched.project / name).write_text("new\n")
        await watched.require_nothing_more()

    play(scenario)


def test_file_of_the_output_is_ignored(play: Callable[[Scenario], None], project: Path) -> None:
    async def scenario(watched: Watched) -> None:
        os.write(2, b"code 99b52cc2 in service\n")
        await watched.require_nothing_more()

    before = os.dup(2)
    with (project / "dev.out").open("w") as output:
        os.dup2(output.fileno(), 2)
        try:
            play(scenario)
        finally:
            os.dup2(before, 2)
            os.close(before)
    assert "in service" in (project / "dev.out").read_text()


def test_files_that_were_saved_before_the_first_read_are_changes(project: Path) -> None:
    async def run() -> None:
        changes = watch(project, asyncio.Event())
        (project / "app.py").write_text("second\n")
        assert (await anext(changes)).paths == (project / "app.py",)

    asyncio.run(run())


def test_changes_wait_for_the_end_of_git(
    play: Callable[[Scenario], None], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_git(project, "init", "--quiet")
    lock = project / ".git" / "index.lock"
    count = itertools.count()
    listed = patch_patience(monkeypatch, lambda _: next(count) > 5)

    async def scenario(watched: Watched) -> None:
        lock.touch()
        (project / "app.py").write_text("second\n")
        change = asyncio.create_task(watched.read_names())
        await asyncio.wait_for(asyncio.to_thread(listed), PATIENCE)
        assert not change.done()
        (project / "domovoilib" / "text.py").write_text("second\n")
        lock.unlink()
        assert await change == ["app.py", "domovoilib/text.py"]

    play(scenario)


def test_lock_that_a_killed_git_has_left_delays_nothing(
    play: Callable[[Scenario], None], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_git(project, "init", "--quiet")
    lock = project / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    # A lock that counted would delay the change until the test gives up.
    monkeypatch.setattr(source_watch, "_PATIENCE", 10 * PATIENCE)

    async def scenario(watched: Watched) -> None:
        await watched.require_nothing_more()

    play(scenario)


def test_missing_watchfiles_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    monkeypatch.setattr(source_watch, "build_install_command", lambda extra: f"pip install {extra}")

    with pytest.raises(DomovoiError) as raised:
        asyncio.run(read_one(project))

    assert str(raised.value) == (
        "Watching files needs the package watchfiles, which is not installed.\nRun `pip install local`."
    )


@pytest.mark.parametrize(
    "error",
    [
        OSError(
            'OS file watch limit reached. about ["/p/a"] (Error { kind: MaxFilesWatch, paths: ["/p/a"] })'
        ),
        RuntimeError("OS file watch limit reached."),
    ],
)
def test_refusal_of_the_operating_system_is_explained(
    project: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    import watchfiles

    # No test may use up the watches of the machine.
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(watchfiles, "awatch", refuse)

    with pytest.raises(DomovoiError) as raised:
        asyncio.run(read_one(project))

    assert str(raised.value) == (
        "The operating system cannot watch the 3 folders of the project: OS file watch limit reached.\n"
        "On Linux, allow more with `sudo sysctl fs.inotify.max_user_watches=524288 "
        "fs.inotify.max_user_instances=512`, or set WATCHFILES_FORCE_POLLING=true."
    )


async def read_one(project: Path) -> Changes:
    return await asyncio.wait_for(anext(watch(project, asyncio.Event())), PATIENCE)


def patch_patience(
    monkeypatch: pytest.MonkeyPatch, condition: Callable[[dict[str, tuple[int, int, int]]], bool]
) -> Callable[[], None]:
    """Lets the watch wait for files as long as the test, and returns a function that waits for a listing."""
    happened = threading.Event()
    listing = source_watch._list_files

    def list_files(project: Path) -> source_watch._Listing:
        result = listing(project)
        if condition(dict(result.files)):
            happened.set()
        return result

    monkeypatch.setattr(source_watch, "_list_files", list_files)
    monkeypatch.setattr(source_watch, "_RETURN_SECONDS", 10 * PATIENCE)
    monkeypatch.setattr(source_watch, "_PATIENCE", 10 * PATIENCE)
    return lambda: require(happened.wait(PATIENCE))


def commit(project: Path, message: str) -> None:
    run_git(project, "add", ".")
    run_git(project, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", message)


def run_git(project: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=project, check=True)


def require(is_met: bool) -> None:
    assert is_met
