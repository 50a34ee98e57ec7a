"""The bytecode in packages and layers: Python uses it, and falls back to the source."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from package_index import add_wheel, use_index, write_files

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging import size_limits
from domovoi_tf.packaging.build import Options, Package, Target, build
from domovoi_tf.packaging.bytecode import entries
from domovoi_tf.packaging.bytecode.choice import Choice
from domovoi_tf.packaging.bytecode.compiler import Compilation, Module, compile_modules
from domovoi_tf.packaging.bytecode.pythons import OWN_RELEASE, OWN_VERSION, FunctionPython, get_own_python

TAG = f"cpython-3{sys.version_info.minor}"
APP = """import domovoi_tf
import drinks
app = domovoi_tf.Domovoi()

@app.sns_topic_subscriber("bartender")
def tend(event, context):
    return drinks
"""
FILES = {
    "app.py": APP,
    "vendor/gin/__init__.py": "",
    "vendor/gin/tests/test_gin.py": "def test():\n    raise ValueError('line 2')\n",
    "vendor/gin/old.py": "print 'Python 2'\n",
    "vendor/a-script/run.py": "",
    "vendor/gin/__pycache__/old.cpython-310.pyc": "foreign",
    "requirements.txt": "drinks\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    index = use_index(tmp_path, monkeypatch)
    add_wheel(index, "drinks")
    return write_files(tmp_path / "bar", FILES)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the modules that were compiled."""
    paths: list[str] = []

    def record(python: FunctionPython, modules: list[Module]) -> Compilation:
        paths.extend(module.path for module in modules)
        return compile_modules(python, modules)

    monkeypatch.setattr(entries, "compile_modules", record)
    return paths


def package(project: Path, **options: Any) -> Package:
    target, choice = Target(OWN_VERSION), Choice(get_own_python())
    return build(project, project.parent / "package.zip", target, ("sns",), Options(**options), choice=choice)


def list_names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return {*archive.namelist()}


def list_bytecode(path: Path) -> list[str]:
    """The bytecode in a zip, without that of the runtime."""
    return sorted(
        name for name in list_names(path) if name.endswith(".pyc") and not name.startswith("domovoi_tf/")
    )


def extract(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return folder


def run(folder: Path, code: str) -> str:
    """Runs code under the Python of the functions, which writes no bytecode, as if it could not."""
    command = [sys.executable, "-B", "-S", "-s", "-c", code]
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


#: Prints for each module whether the loader read its bytecode, and compiled its source.
TRACE = """import _frozen_importlib_external as external, sys
read, compiled = [], []
get, compile_source = external._validate_hash_pyc, external.SourceLoader.source_to_code
def note_read(data, source_hash, name, details):
    get(data, source_hash, name, details)
    read.append(name)
def note_compiled(self, data, path, *more, **options):
    compiled.append(path.rpartition("/")[2])
    return compile_source(self, data, path, *more, **options)
external._validate_hash_pyc = note_read
external.SourceLoader.source_to_code = note_compiled
import app
print(*sorted(name for name in read if name in ("app", "drinks", "domovoi_tf.app", "gin")))
print(*sorted(name for name in compiled if name != "__future__.py"))
"""


def test_package_has_bytecode_of_each_module_beside_its_source(project: Path) -> None:
    built = package(project)
    assert list_bytecode(built.zip.path) == [
        f"__pycache__/app.{TAG}.pyc",
        f"__pycache__/drinks.{TAG}.pyc",
        f"gin/__pycache__/__init__.{TAG}.pyc",
        f"gin/tests/__pycache__/test_gin.{TAG}.pyc",
    ]
    names = list_names(built.zip.path)
    runtime = {name for name in names if name.startswith("domovoi_tf/") and name.endswith(".py")}
    assert len(runtime) == sum(name.startswith("domovoi_tf/") for name in names) / 2
    assert {"app.py", "drinks.py", "gin/old.py"} <= names
    assert built.release == OWN_RELEASE
    assert built.bytecode
    assert built.bytecode.files == 4 + len(runtime)
    with zipfile.ZipFile(built.zip.path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    assert built.bytecode.size == sum(size for name, size in sizes.items() if name.endswith(".pyc"))
    assert sum(part.size for part in built.zip.parts) == built.zip.unzipped == sum(sizes.values())


def test_python_imports_the_bytecode(project: Path, tmp_path: Path) -> None:
    folder = extract(package(project).zip.path, tmp_path / "task")
    assert run(folder, TRACE).splitlines() == ["app domovoi_tf.app drinks"]


def test_edited_source_counts(project: Path, tmp_path: Path) -> None:
    folder = extract(package(project).zip.path, tmp_path / "task")
    (folder / "app.py").write_text("import drinks\nedited = True\n")
    assert run(folder, f"{TRACE}\nprint(app.edited)").splitlines() == ["drinks", "app.py", "True"]


def test_bytecode_of_another_version_of_python_does_not_count(project: Path, tmp_path: Path) -> None:
    folder = extract(package(project).zip.path, tmp_path / "task")
    bytecode = folder / f"__pycache__/app.{TAG}.pyc"
    bytecode.write_bytes(b"\0\0\r\n" + bytecode.read_bytes()[4:].replace(b"tend", b"lend"))
    assert run(folder, f"{TRACE}\nprint(app.tend.__name__)").splitlines() == [
        "domovoi_tf.app drinks",
        "app.py",
        "tend",
    ]


def test_tracebacks_have_the_files_and_lines_of_the_source(project: Path, tmp_path: Path) -> None:
    folder = extract(package(project).zip.path, tmp_path / "task")
    code = (
        "import traceback\nfrom gin.tests import test_gin\n"
        "try: test_gin.test()\nexcept ValueError: print(traceback.format_exc())"
    )
    path = folder / "gin/tests/test_gin.py"
    assert f"File \"{path}\", line 2, in test\n    raise ValueError('line 2')\n" in run(folder, code)


def test_layer_has_the_bytecode_of_dependencies(project: Path) -> None:
    built = package(project, layer=True)
    assert built.layer
    assert list_bytecode(built.layer.path) == [f"python/__pycache__/drinks.{TAG}.pyc"]
    assert f"__pycache__/app.{TAG}.pyc" in list_bytecode(built.zip.path)


def test_paths_of_tracebacks_are_those_on_lambda(project: Path, compiled: list[str]) -> None:
    package(project)
    package(project, layer=True)
    assert {"/var/task/app.py", "/var/task/drinks.py", "/opt/python/drinks.py"} <= {*compiled}


def test_dependencies_are_compiled_once(project: Path, compiled: list[str]) -> None:
    first = package(project)
    assert "/var/task/drinks.py" in compiled
    compiled.clear()
    write_files(project, {"app.py": f"{APP}\n# changed\n"})
    second = package(project)
    assert "/var/task/app.py" in compiled
    assert "/var/task/drinks.py" not in compiled
    assert first.zip.sha256 != second.zip.sha256
    assert list_bytecode(first.zip.path) == list_bytecode(second.zip.path)


@pytest.mark.parametrize("size", [0, 30, 200])
def test_damaged_cache_is_written_again(project: Path, compiled: list[str], size: int) -> None:
    digest = package(project).zip.sha256
    [cache] = (path for path in project.parent.rglob(f"*.{OWN_RELEASE}.task.*.zip"))
    cache.write_bytes(cache.read_bytes()[:size])
    compiled.clear()
    assert package(project).zip.sha256 == digest
    assert "/var/task/drinks.py" in compiled


def test_excluded_modules_have_no_bytecode(project: Path) -> None:
    built = package(project, exclude=("drinks.py", "gin/tests"))
    assert list_bytecode(built.zip.path) == [
        f"__pycache__/app.{TAG}.pyc",
        f"gin/__pycache__/__init__.{TAG}.pyc",
    ]


def test_bytecode_can_be_excluded_by_its_own_name(project: Path) -> None:
    built = package(project, exclude=("gin/__pycache__", "drinks*.pyc", "*/drinks*.pyc"))
    assert list_bytecode(built.zip.path) == [
        f"__pycache__/app.{TAG}.pyc",
        f"gin/tests/__pycache__/test_gin.{TAG}.pyc",
    ]
    assert built.unmatched == ("drinks*.pyc",)


@pytest.mark.parametrize("name", ["app", "drinks"])
def test_bytecode_that_the_project_includes_is_not_added_twice(project: Path, name: str) -> None:
    own = f"__pycache__/{name}.{TAG}.pyc"
    write_files(project, {own: "own"})
    built = package(project, include=(own,))
    with zipfile.ZipFile(built.zip.path) as archive:
        assert archive.namelist().count(own) == 1
        assert archive.read(own) == b"own"


ADVICE = 'without which it fits: set "package_bytecode": false in .chalice/config.json.'


def test_bytecode_counts_in_the_unzipped_size(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = package(project)
    assert built.bytecode
    monkeypatch.setattr(size_limits, "UNZIPPED_LIMIT", built.zip.unzipped - 1)
    with pytest.raises(PackageError) as caught:
        package(project)
    advice = f"Or leave out the bytecode, {size_limits.format_size(built.bytecode.size)}, {ADVICE}"
    assert str(caught.value).splitlines()[-1] == advice
    monkeypatch.setattr(size_limits, "UNZIPPED_LIMIT", built.zip.unzipped - built.bytecode.size - 1)
    with pytest.raises(PackageError) as caught:
        package(project)
    assert "bytecode" not in str(caught.value)


def test_bytecode_counts_in_the_zipped_size(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = package(project).zip.size
    monkeypatch.setattr(size_limits, "ZIPPED_LIMIT", size - 1)
    with pytest.raises(PackageError) as caught:
        package(project)
    assert str(caught.value).splitlines()[-2:] == [
        f"Or leave out the bytecode, 0.0 MB, {ADVICE}",
        "Or upload it through S3, which has no such limit: set package_s3 in .chalice/config.json.",
    ]
