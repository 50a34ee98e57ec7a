"""Dependencies from any supported file are installed for Lambda, not for this machine; without network."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from package_index import HERE, PURE, add_sdist, add_wheel, make_source, use_index, write_files

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.build import Options, Package, Target, build
from domovoi_tf.packaging.dependencies.wheels import find_uv

X86, ARM = Target("3.13", "x86_64"), Target("3.13", "arm64")
WAYS_OUT = (
    "Choose another version, or copy the package into vendor/ if it is pure Python, or build its wheel "
    "with `pip wheel` in the container public.ecr.aws/sam/build-python3.13:latest-x86_64 "
    "and refer to the file in {file}."
)


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return use_index(tmp_path, monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_files(tmp_path / "project", {"app.py": "app = 1\n"})


def package(project: Path, target: Target = X86, **options: Any) -> Package:
    return build(project, project.parent / "package.zip", target, (), Options(**options))


def distributions(project: Path, target: Target = X86, **options: Any) -> list[str]:
    made = package(project, target, **options).zip
    return sorted(part.name for part in made.parts if " " in part.name and "runtime" not in part.name)


def failure(project: Path, **options: Any) -> str:
    with pytest.raises(PackageError) as caught:
        package(project, **options)
    return str(caught.value)


def uv(project: Path, *arguments: str) -> None:
    subprocess.run([find_uv(), *arguments, "--quiet"], cwd=project, check=True)


def pyproject(*dependencies: str, more: str = "") -> str:
    head = '[project]\nname = "bar"\nversion = "1"\nrequires-python = ">=3.10"\n'
    return f"{head}dependencies = {json.dumps(dependencies)}\n{more}"


# Where dependencies stand


def test_project_without_dependencies(project: Path) -> None:
    write_files(project, {"pyproject.toml": "[tool.ruff]\nline-length = 110\n"})
    assert (package(project).requirements, distributions(project)) == (None, [])


def test_first_file_is_used(project: Path, index: Path) -> None:
    for name in "abcd":
        add_wheel(index, name)
    write_files(project, {"pyproject.toml": pyproject("d")})
    assert used(project) == ("pyproject.toml", (), ["d 1.0"])
    uv(project, "lock")
    add_wheel(index, "d", "2.0")
    assert used(project) == ("uv.lock", (), ["d 1.0"])
    write_files(project, {"pylock.toml": pylock(index, "c")})
    assert used(project) == ("pylock.toml", ("uv.lock", "pyproject.toml"), ["c 1.0"])
    write_files(project, {"requirements.txt": "a\n"})
    assert used(project) == ("requirements.txt", ("pylock.toml", "uv.lock", "pyproject.toml"), ["a 1.0"])


def used(project: Path) -> tuple[str, tuple[str, ...], list[str]]:
    listed = package(project).requirements
    assert listed
    return listed.file.name, listed.unused, distributions(project)


def pylock(index: Path, *names: str) -> str:
    lines = ['lock-version = "1.0"', 'created-by = "test"']
    for name in names:
        path = index / f"{name}-1.0-py3-none-any.whl"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines += ["[[packages]]", f'name = "{name}"', 'version = "1.0"']
        lines += [f'wheels = [{{ url = "{path.as_uri()}", hashes = {{ sha256 = "{digest}" }} }}]']
    return "\n".join(lines) + "\n"


def test_hashes_of_lock_file_are_checked(project: Path, index: Path) -> None:
    add_wheel(index, "a")
    write_files(project, {"pylock.toml": pylock(index, "a")})
    add_wheel(index, "a", needs=("b",))
    first, remedy, *details = failure(project).splitlines()
    assert first == "pylock.toml: uv cannot install the packages for Python 3.13 on x86_64."
    assert remedy == "Correct the cause in pylock.toml."
    assert "Hash mismatch" in "\n".join(details)


def test_missing_hash_among_hashes_is_an_error(project: Path, index: Path) -> None:
    hashed = add_wheel(index, "a", needs=("b",))
    also = add_wheel(index, "b")
    write_files(project, {"requirements.txt": f"a==1.0 {hashed}\n"})
    error, details = failure(project).split("\nOutput of uv:\n")
    assert error == (
        "requirements.txt: b has no hash, but other packages have one.\n"
        "Add the hashes of all packages, for example with `uv pip compile --generate-hashes`."
    )
    assert "`b`" in details
    write_files(project, {"requirements.txt": f"a==1.0 {hashed}\nb==1.0 {also}\n"})
    assert distributions(project) == ["a 1.0", "b 1.0"]


@pytest.mark.parametrize("locked", [False, True])
def test_groups_are_added_by_name(project: Path, index: Path, locked: bool) -> None:
    for name in "abc":
        add_wheel(index, name)
    groups = '[dependency-groups]\nlambda = ["b"]\ndev = ["c"]\n'
    write_files(project, {"pyproject.toml": pyproject("a", more=groups)})
    if locked:
        uv(project, "lock")
    assert distributions(project) == ["a 1.0"]
    assert distributions(project, groups=("lambda",)) == ["a 1.0", "b 1.0"]
    text = "pyproject.toml: there is no dependency group 'test'.\n"
    assert failure(project, groups=("test",)).startswith(
        f"{text}Correct the name, or add the group under [dependency-groups].\nOutput of uv:\n"
    )


@pytest.mark.parametrize(
    ("files", "where"), [({}, "The project"), ({"requirements.txt": ""}, "requirements.txt")]
)
def test_groups_in_a_file_without_groups_are_an_error(
    project: Path, files: dict[str, str], where: str
) -> None:
    write_files(project, files)
    assert failure(project, groups=("dev",)) == (
        f"{where} has no dependency group 'dev'.\n"
        "Groups are read from pyproject.toml, if there is neither requirements.txt nor pylock.toml."
    )


def test_outdated_lock_file_is_an_error(project: Path, index: Path) -> None:
    add_wheel(index, "a")
    write_files(project, {"pyproject.toml": pyproject()})
    uv(project, "lock")
    write_files(project, {"pyproject.toml": pyproject("a")})
    assert failure(project).startswith(
        "uv.lock is older than pyproject.toml.\nRun `uv lock`.\nOutput of uv:\n"
    )


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (
            {"uv.lock": ""},
            "uv.lock has no pyproject.toml beside it.\nRestore pyproject.toml, or remove uv.lock.",
        ),
        (
            {"pyproject.toml": '[project]\nname = "a"\ndynamic = ["dependencies"]\n'},
            "pyproject.toml: the dependencies are dynamic, and only known after a build of the project.\n"
            "List them under [project], or write them to requirements.txt, for example with "
            "`uv pip compile pyproject.toml -o requirements.txt`.",
        ),
        (
            {"pyproject.toml": "[project\n"},
            "pyproject.toml: this is not TOML: Expected ']' at the end of a table declaration "
            "(at line 1, column 9).\nCorrect the file.",
        ),
    ],
)
def test_incomplete_files_are_an_error(project: Path, files: dict[str, str], text: str) -> None:
    write_files(project, files)
    assert failure(project) == text


# What has no wheel


def test_pure_python_package_without_wheel_is_built(project: Path, index: Path) -> None:
    add_sdist(index, "a", "1.0", PURE)
    add_wheel(index, "b", needs=("a",))
    write_files(project, {"requirements.txt": "b\n"})
    lines: list[str] = []
    build(project, project.parent / "package.zip", X86, (), report=lines.append)
    assert lines == ["Building a from source: there is no wheel for Python 3.13 on x86_64."]
    assert distributions(project) == ["a 1.0", "b 1.0"]


def test_release_with_wheel_is_preferred(project: Path, index: Path) -> None:
    add_wheel(index, "a", "1.0")
    add_sdist(index, "a", "2.0", PURE)
    add_sdist(index, "b", "1.0", PURE)
    write_files(project, {"requirements.txt": "a\nb\n"})
    assert distributions(project) == ["a 1.0", "b 1.0"]


@pytest.mark.parametrize("file", ["requirements.txt", "pyproject.toml"])
@pytest.mark.parametrize("target", [X86, ARM], ids=str)
def test_package_that_has_to_be_compiled_is_an_error(
    project: Path, index: Path, target: Target, file: str
) -> None:
    add_sdist(index, "a", "1.2", HERE)
    write_files(project, {file: "a\n" if file == "requirements.txt" else pyproject("a")})
    with pytest.raises(PackageError) as caught:
        package(project, target)
    assert str(caught.value).startswith(
        f"{file}: a==1.2 has no wheel for {target}, and would be built for this machine.\n"
        f"{WAYS_OUT.format(file=file).replace('x86_64', target.architecture)}\nOutput of uv:\n"
    )


def test_package_compiled_on_a_similar_machine_is_an_error(project: Path, index: Path) -> None:
    """Its C library is this machine's all the same."""
    add_sdist(index, "a", "1.2", "cp313-cp313-linux_x86_64")
    write_files(project, {"requirements.txt": "a\n"})
    text = failure(project)
    assert text.startswith(
        "requirements.txt: a==1.2 has no wheel for Python 3.13 on x86_64, "
        "and must be compiled because it is not pure Python.\n" + WAYS_OUT.format(file="requirements.txt")
    )


def test_failed_build_of_a_package_is_an_error(project: Path, index: Path) -> None:
    add_sdist(index, "a", "1.2", PURE, broken="")
    write_files(project, {"requirements.txt": "a\n"})
    error, details = failure(project).split("\nOutput of uv:\n")
    assert error == (
        "requirements.txt: a==1.2 has no wheel for Python 3.13 on x86_64, and cannot be built.\n"
        + WAYS_OUT.format(file="requirements.txt")
    )
    assert "the compiler is not found" in details


@pytest.mark.parametrize("file", ["requirements.txt", "pyproject.toml", "uv.lock"])
def test_changed_folder_is_built_again(project: Path, file: str) -> None:
    write_files(project / "mine", make_source("mine", "1.0", PURE))
    write_files(
        project / "mine",
        {
            "pyproject.toml": make_source("mine", "1.0", PURE)["pyproject.toml"]
            + '[project]\nname = "mine"\nversion = "1.0"\n'
        },
    )
    if file == "requirements.txt":
        write_files(project, {file: "./mine\n"})
    else:
        write_files(
            project,
            {"pyproject.toml": pyproject("mine", more='[tool.uv.sources]\nmine = { path = "mine" }\n')},
        )
        uv(project, "lock") if file == "uv.lock" else None
    assert content(project, "mine.py") == b"1.0\n"
    write_files(project, {"mine/mine.py": "changed\n"})
    assert content(project, "mine.py") == b"changed\n"


def content(project: Path, name: str) -> bytes:
    with zipfile.ZipFile(package(project).zip.path) as archive:
        return archive.read(name)
