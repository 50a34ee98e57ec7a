"""The cache of the stripped runtime: when it is used, and that nothing in it can break a package."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.packaging import runtime_cache
from domovoi_tf.packaging.runtime_cache import load_or_strip

FILES = {"domovoi_tf/__init__.py": b"# \xc3\xa9\nx = 1\n", "domovoi_tf/app.py": b"y = 2\n"}
STRIPPED = {"domovoi_tf/__init__.py": "\nx = 'é'\r\n".encode()}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path))
    return tmp_path


def strip() -> dict[str, bytes]:
    return dict(STRIPPED)


def fail() -> dict[str, bytes]:
    raise AssertionError("the runtime is stripped")


def count_strips(*runs: Callable[[Callable[[], dict[str, bytes]]], object]) -> int:
    calls = []

    def strip_and_count() -> dict[str, bytes]:
        calls.append(1)
        return strip()

    for each in runs:
        each(strip_and_count)
    return len(calls)


def test_runtime_is_stripped_once(home: Path) -> None:
    assert load_or_strip(strip, FILES, {"sns", "sqs"}) == STRIPPED
    (entry,) = home.glob("runtime/*")
    assert entry.stat().st_mode & 0o777 == 0o600
    assert load_or_strip(fail, FILES, ["sqs", "sns"]) == STRIPPED


@pytest.mark.parametrize(
    "files",
    [
        {**FILES, "domovoi_tf/app.py": b"y = 3\n"},
        {**FILES, "domovoi_tf/model/new.py": b""},
        {"domovoi_tf/__init__.py": FILES["domovoi_tf/__init__.py"]},
        {"domovoi_tf/__init__.py": FILES["domovoi_tf/app.py"], "domovoi_tf/app.py": b"# \xc3\xa9\nx = 1\n"},
    ],
)
def test_changed_source_is_stripped_again(files: dict[str, bytes], home: Path) -> None:
    runs = [lambda each: load_or_strip(each, FILES, None), lambda each: load_or_strip(each, files, None)]
    assert count_strips(*runs, runs[1]) == 2
    assert len([*home.glob("runtime/*")]) == 1


def test_other_kinds_have_their_own_file(home: Path) -> None:
    kinds: list[set[str] | None] = [None, set(), {"sns"}, {"sns", "sqs"}]
    assert count_strips(*[lambda each, k=k: load_or_strip(each, FILES, k) for k in kinds * 2]) == 4
    assert len([*home.glob("runtime/*")]) == 4


def test_changed_code_strips_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runtime_source.py").write_text("old")
    monkeypatch.setattr(runtime_cache, "__file__", str(tmp_path / "runtime_cache.py"))
    load_or_strip(strip, FILES, None)
    load_or_strip(fail, FILES, None)
    (tmp_path / "runtime_source.py").write_text("new")
    assert count_strips(lambda each: load_or_strip(each, FILES, None)) == 1


def test_code_that_strips_is_in_the_digest() -> None:
    folder = Path(runtime_cache.__file__).parent
    code = {*folder.glob("runtime_*.py")} - {folder / "runtime_cache.py"}
    assert folder / "runtime_source.py" in code
    trees = [ast.parse(path.read_text()) for path in code]
    modules = {
        name
        for tree in trees
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [f"{'.' * node.level}{node.module}"]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    own = {name for name in modules if name.partition(".")[0] not in sys.stdlib_module_names}
    assert own <= {f"domovoi_tf.packaging.{path.stem}" for path in code}


@pytest.mark.parametrize("length", [0, 31, 32, 40, -1])
def test_damaged_file_is_replaced(length: int, home: Path) -> None:
    load_or_strip(strip, FILES, None)
    (entry,) = home.glob("runtime/*")
    whole = entry.read_bytes()
    for damaged in (whole[:length], whole[:-1] + b"?"):
        entry.write_bytes(damaged)
        assert load_or_strip(strip, FILES, None) == STRIPPED
        assert entry.read_bytes() == whole


def test_cache_that_cannot_be_read_or_written_is_no_error(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_or_strip(strip, FILES, None)
    (entry,) = home.glob("runtime/*")
    entry.unlink()
    entry.mkdir()
    assert load_or_strip(strip, FILES, None) == STRIPPED
    monkeypatch.setenv("DOMOVOI_TF_HOME", "/dev/null")
    assert load_or_strip(strip, FILES, None) == STRIPPED
