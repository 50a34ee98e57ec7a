"""What an app needs, from whichever file says so: installed for Lambda, not for this machine. No network."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from package_index import HERE, PURE, sdist, source, use, wheel, write

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.build import Options, Package, Target, build
from domovoi_tf.packaging.wheels import find_uv

X86, ARM = Target("3.13", "x86_64"), Target("3.13", "arm64")
WAYS_OUT = (
    "Choose another version, or copy the package into vendor/ if it is pure Python, or build its wheel "
    "with `pip wheel` in the container public.ecr.aws/sam/build-python3.13:latest-x86_64 "
    "and name the file in {file}."
)


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return use(tmp_path, monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "project", {"app.py": "app = 1\n"})


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


def test_without_any_there_are_none(project: Path) -> None:
    write(project, {"pyproject.toml": "[tool.ruff]\nline-length = 110\n"})
    assert (package(project).requirements, distributions(project)) == (None, [])


def test_the_first_file_counts(project: Path, index: Path) -> None:
    for name in "abcd":
        wheel(index, name)
    write(project, {"pyproject.toml": pyproject("d")})
    assert used(project) == ("pyproject.toml", (), ["d 1.0"])
    uv(project, "lock")
    wheel(index, "d", "2.0")
    assert used(project) == ("uv.lock", (), ["d 1.0"])
    write(project, {"pylock.toml": pylock(index, "c")})
    assert used(project) == ("pylock.toml", ("uv.lock", "pyproject.toml"), ["c 1.0"])
    write(project, {"requirements.txt": "a\n"})
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


def test_a_lock_files_packages_are_checked_by_their_hashes(project: Path, index: Path) -> None:
    wheel(index, "a")
    write(project, {"pylock.toml": pylock(index, "a")})
    wheel(index, "a", needs=("b",))
    first, remedy, *said = failure(project).splitlines()
    assert first == "pylock.toml: uv cannot install it for Python 3.13 on x86_64."
    assert remedy == "Correct what uv names in pylock.toml."
    assert "Hash mismatch" in "\n".join(said)


def test_where_one_requirement_has_a_hash_all_must(project: Path, index: Path) -> None:
    hashed = wheel(index, "a", needs=("b",))
    also = wheel(index, "b")
    write(project, {"requirements.txt": f"a==1.0 {hashed}\n"})
    ours, said = failure(project).split("\nuv said:\n")
    assert ours == (
        "requirements.txt: b has no hash, and others have.\n"
        "List all packages with theirs, for example with `uv pip compile --generate-hashes`."
    )
    assert "`b`" in said
    write(project, {"requirements.txt": f"a==1.0 {hashed}\nb==1.0 {also}\n"})
    assert distributions(project) == ["a 1.0", "b 1.0"]


@pytest.mark.parametrize("locked", [False, True])
def test_groups_are_added_by_name(project: Path, index: Path, locked: bool) -> None:
    for name in "abc":
        wheel(index, name)
    groups = '[dependency-groups]\nlambda = ["b"]\ndev = ["c"]\n'
    write(project, {"pyproject.toml": pyproject("a", more=groups)})
    if locked:
        uv(project, "lock")
    assert distributions(project) == ["a 1.0"]
    assert distributions(project, groups=("lambda",)) == ["a 1.0", "b 1.0"]
    text = "pyproject.toml: there is no dependency group 'test'.\n"
    assert failure(project, groups=("test",)).startswith(
        f"{text}Correct the name, or add the group under [dependency-groups].\nuv said:\n"
    )


@pytest.mark.parametrize(
    ("files", "where"), [({}, "The project"), ({"requirements.txt": ""}, "requirements.txt")]
)
def test_groups_where_there_are_none(project: Path, files: dict[str, str], where: str) -> None:
    write(project, files)
    assert failure(project, groups=("dev",)) == (
        f"{where} has no dependency group 'dev'.\n"
        "Groups stand in pyproject.toml, which counts where there is no requirements.txt and no pylock.toml."
    )


def test_a_lock_file_older_than_its_project(project: Path, index: Path) -> None:
    wheel(index, "a")
    write(project, {"pyproject.toml": pyproject()})
    uv(project, "lock")
    write(project, {"pyproject.toml": pyproject("a")})
    assert failure(project).startswith(
        "uv.lock: it is older than pyproject.toml.\nRun `uv lock`.\nuv said:\n"
    )


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (
            {"uv.lock": ""},
            "uv.lock: there is no pyproject.toml beside it.\nRestore it, or remove the lock file.",
        ),
        (
            {"pyproject.toml": '[project]\nname = "a"\ndynamic = ["dependencies"]\n'},
            "pyproject.toml: the dependencies are dynamic: only a build of the project would tell them.\n"
            "List them under [project], or write them to requirements.txt, for example with "
            "`uv pip compile pyproject.toml -o requirements.txt`.",
        ),
        (
            {"pyproject.toml": "[project\n"},
            "pyproject.toml: this is not TOML: Expected ']' at the end of a table declaration "
            "(at line 1, column 9).\nCorrect it there.",
        ),
    ],
)
def test_files_that_do_not_say_what_is_needed(project: Path, files: dict[str, str], text: str) -> None:
    write(project, files)
    assert failure(project) == text


# What the runtime has


@pytest.mark.parametrize("file", ["requirements.txt", "pyproject.toml", "uv.lock", "pylock.toml"])
def test_boto3_is_left_out_with_what_only_it_needs(project: Path, index: Path, file: str) -> None:
    wheel(index, "boto3", needs=("botocore", "urllib3"))
    wheel(index, "botocore", needs=("jmespath",))
    wheel(index, "domovoi-tf", needs=("jinja2",))
    for name in ("jmespath", "urllib3", "jinja2"):
        wheel(index, name)
    wheel(index, "drinks", needs=("boto3", "urllib3"))
    needed = ["drinks", "domovoi-tf"]
    if file == "requirements.txt":
        write(project, {file: "\n".join(needed)})
    elif file == "pylock.toml":
        write(project, {file: pylock(index, "drinks", "boto3", "botocore", "urllib3")})
    else:
        write(project, {"pyproject.toml": pyproject(*needed)})
        uv(project, "lock") if file == "uv.lock" else None
    assert distributions(project) == ["drinks 1.0", "urllib3 1.0"]
    named = ("boto3",) if file in ("requirements.txt", "pyproject.toml") else ("boto3", "botocore")
    assert package(project).left_out == named
    whole = ["boto3 1.0", "botocore 1.0", "drinks 1.0", "urllib3 1.0"]
    whole += [] if file == "pylock.toml" else ["jmespath 1.0"]
    assert distributions(project, boto3=True) == sorted(whole)
    assert package(project, boto3=True).left_out == ()


def test_what_is_left_out_is_what_is_named(project: Path, index: Path) -> None:
    wheel(index, "a")
    write(project, {"requirements.txt": "# boto3 we have\na\n"})
    assert package(project).left_out == ()
    write(
        project,
        {"requirements.txt": "a\nbotocore==1.0\nboto3>=1\nboto3-stubs-extra ; python_version < '3'\n"},
    )
    assert package(project).left_out == ("boto3", "botocore")


# What has no wheel


def test_pure_python_without_a_wheel_is_built(project: Path, index: Path) -> None:
    sdist(index, "a", "1.0", PURE)
    wheel(index, "b", needs=("a",))
    write(project, {"requirements.txt": "b\n"})
    said: list[str] = []
    build(project, project.parent / "package.zip", X86, (), tell=said.append)
    assert said == ["Building a from source: there is no wheel for Python 3.13 on x86_64."]
    assert distributions(project) == ["a 1.0", "b 1.0"]


def test_a_release_that_has_a_wheel_is_preferred_to_one_that_has_to_be_built(
    project: Path, index: Path
) -> None:
    wheel(index, "a", "1.0")
    sdist(index, "a", "2.0", PURE)
    sdist(index, "b", "1.0", PURE)
    write(project, {"requirements.txt": "a\nb\n"})
    assert distributions(project) == ["a 1.0", "b 1.0"]


@pytest.mark.parametrize("file", ["requirements.txt", "pyproject.toml"])
@pytest.mark.parametrize("target", [X86, ARM], ids=str)
def test_what_would_be_compiled_for_this_machine_is_refused(
    project: Path, index: Path, target: Target, file: str
) -> None:
    sdist(index, "a", "1.2", HERE)
    write(project, {file: "a\n" if file == "requirements.txt" else pyproject("a")})
    with pytest.raises(PackageError) as caught:
        package(project, target)
    assert str(caught.value).startswith(
        f"{file}: a==1.2 has no wheel for {target}, and built here it would be for this machine.\n"
        f"{WAYS_OUT.format(file=file).replace('x86_64', target.architecture)}\nuv said:\n"
    )


def test_what_is_compiled_for_a_machine_like_lambda_is_refused_too(project: Path, index: Path) -> None:
    """Its C library is this machine's all the same."""
    sdist(index, "a", "1.2", "cp313-cp313-linux_x86_64")
    write(project, {"requirements.txt": "a\n"})
    text = failure(project)
    assert text.startswith(
        "requirements.txt: a==1.2 has no wheel for Python 3.13 on x86_64, and is not pure Python: "
        "it has to be compiled.\n" + WAYS_OUT.format(file="requirements.txt")
    )


def test_what_cannot_be_built(project: Path, index: Path) -> None:
    sdist(index, "a", "1.2", PURE, broken="")
    write(project, {"requirements.txt": "a\n"})
    ours, said = failure(project).split("\nuv said:\n")
    assert ours == (
        "requirements.txt: a==1.2 has no wheel for Python 3.13 on x86_64, and it cannot be built.\n"
        + WAYS_OUT.format(file="requirements.txt")
    )
    assert "the compiler is not found" in said


@pytest.mark.parametrize("file", ["requirements.txt", "pyproject.toml", "uv.lock"])
def test_a_folder_is_built_again_when_it_changes(project: Path, file: str) -> None:
    write(project / "mine", source("mine", "1.0", PURE))
    write(
        project / "mine",
        {
            "pyproject.toml": source("mine", "1.0", PURE)["pyproject.toml"]
            + '[project]\nname = "mine"\nversion = "1.0"\n'
        },
    )
    if file == "requirements.txt":
        write(project, {file: "./mine\n"})
    else:
        write(
            project,
            {"pyproject.toml": pyproject("mine", more='[tool.uv.sources]\nmine = { path = "mine" }\n')},
        )
        uv(project, "lock") if file == "uv.lock" else None
    assert content(project, "mine.py") == b"1.0\n"
    write(project, {"mine/mine.py": "changed\n"})
    assert content(project, "mine.py") == b"changed\n"


def content(project: Path, name: str) -> bytes:
    with zipfile.ZipFile(package(project).zip.path) as archive:
        return archive.read(name)
