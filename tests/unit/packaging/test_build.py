from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.errors import AppLoadError, PackageError
from domovoi_tf.packaging import size_limits
from domovoi_tf.packaging.build import Options, Package, Target, Zip, build, list_runtime_files
from domovoi_tf.packaging.dependencies import wheels
from domovoi_tf.packaging.dependencies.cache import CacheEntry
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.size_limits import Part

SIX = "six==1.17.0"
# The package index is asked once per requirement; the tests of the cache have a cache of their own.
X86, ARM = Target("3.13", "x86_64"), Target("3.13", "arm64")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def cache(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(shared_cache))
    return shared_cache


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "project", {"app.py": "app = 1\n"})


KINDS = ("schedule", "sns")


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def built(project: Path, target: Target = X86, **options: Any) -> Package:
    return build(project, project.parent / "package.zip", target, KINDS, Options(**options))


def package(project: Path, target: Target = X86, **options: Any) -> Zip:
    return built(project, target, **options).zip


def contents(project: Path, target: Target = X86, **options: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(package(project, target, **options).path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def names(project: Path, target: Target = X86, **options: Any) -> list[str]:
    """Everything in the package but the runtime."""
    runtime = list_runtime_files(KINDS)
    return [name for name in contents(project, target, **options) if name not in runtime]


def failure(project: Path, target: Target = X86, **options: Any) -> str:
    with pytest.raises((AppLoadError, PackageError)) as caught:
        package(project, target, **options)
    return str(caught.value)


def fake_uv(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = folder / "uv"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr(wheels, "find_uv", lambda: str(path))


def own_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(folder / "own-cache"))
    return folder / "own-cache"


def suggest_alternatives(target: Target) -> str:
    return (
        "Choose another version, or copy the package into vendor/ if it is pure Python, or build its wheel "
        f"with `pip wheel` in the container public.ecr.aws/sam/build-python3.13:latest-{target.architecture} "
        "and refer to the file in requirements.txt."
    )


# What is in it


def test_sources_keep_their_folders_and_vendor_is_at_the_root(project: Path) -> None:
    write(
        project,
        {
            "domovoilib/__init__.py": "",
            "domovoilib/data/menu.json": "{}",
            "chalicelib/bar.py": "",
            "vendor/drinks/__init__.py": "",
            "vendor/gin.py": "",
            "README.md": "not in it",
            ".chalice/config.json": "{}",
            "tests/test_app.py": "",
        },
    )
    assert names(project) == [
        "app.py",
        "chalicelib/bar.py",
        "domovoilib/__init__.py",
        "domovoilib/data/menu.json",
        "drinks/__init__.py",
        "gin.py",
    ]


def test_files_of_tools_are_left_out(project: Path) -> None:
    leavings = [
        "__pycache__/a.cpython-313.pyc",
        "a.pyc",
        ".DS_Store",
        "a.py~",
        ".a.py.swp",
        "#a.py#",
        ".#a.py",
    ]
    write(project, {f"{tree}/{name}": "" for tree in ("domovoilib", "vendor") for name in leavings})
    write(project, {"domovoilib/.git/HEAD": "", "domovoilib/.hidden": "", "domovoilib/notes~.txt": ""})
    assert names(project) == ["app.py", "domovoilib/.hidden", "domovoilib/notes~.txt"]


def test_package_has_runtime_and_no_other_module_of_domovoi_tf(project: Path) -> None:
    names = (
        *("__init__", "app", "errors", "model/__init__", "model/declarations"),
        *("model/names", "model/record", "model/trigger", "runtime/__init__"),
        *("runtime/dispatch", "runtime/handlers", "triggers/__init__", "triggers/schedule", "triggers/sns"),
    )
    expected = [f"domovoi_tf/{name}.py" for name in names]
    assert [name for name in contents(project) if name.startswith("domovoi_tf/")] == expected


def test_runtime_can_be_imported_from_the_zip(project: Path) -> None:
    write(project, {"app.py": "from domovoi_tf import Domovoi\napp = Domovoi()\n"})
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import domovoi_tf, app;"
        "print(domovoi_tf.__file__); print(type(app.app).__name__)"
    )
    path = package(project).path
    command = [sys.executable, "-S", "-I", "-B", "-c", script, str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == (f"{path}/domovoi_tf/__init__.py\nDomovoi\n", "")


def test_every_trigger_can_be_imported_from_the_zip(project: Path) -> None:
    modules = [name[:-3].replace("/", ".").removesuffix(".__init__") for name in list_runtime_files(KINDS)]
    script = (
        "import sys, importlib; sys.path.insert(0, sys.argv[1]);"
        f"[importlib.import_module(name) for name in {modules}]"
    )
    command = [sys.executable, "-S", "-I", "-B", "-c", script, str(package(project).path)]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


def test_links_inside_the_project_are_followed(project: Path) -> None:
    write(project, {"domovoilib/a.py": "a", "shared/b.py": "b"})
    (project / "domovoilib/link.py").symlink_to("a.py")
    (project / "domovoilib/shared").symlink_to("../shared")
    found = contents(project)
    assert found["domovoilib/link.py"] == b"a"
    assert found["domovoilib/shared/b.py"] == b"b"


# Dependencies


def test_pure_wheel_is_at_the_root_without_notes_of_the_installer(project: Path) -> None:
    write(project, {"requirements.txt": SIX})
    found = names(project)
    assert {"app.py", "six.py", "six-1.17.0.dist-info/METADATA"} <= set(found)
    assert not re.search(r"INSTALLER|REQUESTED|direct_url|uv_|\.lock|__pycache__", " ".join(found))


@pytest.mark.parametrize(("target", "machine"), [(X86, "x86_64"), (ARM, "aarch64")], ids=str)
def test_compiled_wheel_is_for_the_target(project: Path, target: Target, machine: str) -> None:
    write(project, {"requirements.txt": "markupsafe==3.0.2"})
    name = f"markupsafe/_speedups.cpython-313-{machine}-linux-gnu.so"
    found = contents(project, target)
    assert [each for each in found if each.endswith(".so")] == [name]
    assert found[name][18] == {"x86_64": 62, "aarch64": 183}[machine]  # e_machine of the ELF header


def test_scripts_are_left_out(project: Path) -> None:
    write(project, {"requirements.txt": "markdown-it-py==3.0.0"})
    assert "markdown_it/__init__.py" in names(project)
    assert not [name for name in names(project) if name.startswith("bin/")]


@pytest.mark.parametrize(
    "line",
    [
        "domovoi-tf",
        "Domovoi_TF[local] >= 0.1",
        "domovoi.tf==99; python_version > '3'",
        "domovoi-tf @ https://user:secret@127.0.0.1:9/domovoi_tf-0.1-py3-none-any.whl",
    ],
)
def test_domovoi_tf_as_requirement_is_ignored(project: Path, line: str) -> None:
    write(project, {"requirements.txt": f"{line}\n{SIX}\n"})
    found = names(project)
    assert "six.py" in found
    assert not [name for name in found if name.startswith(("domovoi_tf", "jinja2", "boto"))]


def test_included_files_and_constraints_are_relative_to_the_project(project: Path) -> None:
    write(
        project,
        {
            "requirements.txt": "# pinned\n-r requirements/base.txt  # more\n-c requirements/limits.txt\n",
            "requirements/base.txt": "six  # any\n",
            "requirements/limits.txt": "six==1.16.0\n",
        },
    )
    assert "six-1.16.0.dist-info/METADATA" in names(project)


def test_hashes_are_checked(project: Path) -> None:
    good = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"
    write(
        project,
        {"requirements.txt": f"{SIX} \\\n    --hash=sha256:{good}\ndomovoi-tf==1 --hash=sha256:{good}\n"},
    )
    assert "six.py" in names(project)
    write(project, {"requirements.txt": f"{SIX} \\\n    --hash=sha256:{good[::-1]}\n"})
    first, remedy, *details = failure(project).splitlines()
    assert first == "requirements.txt: uv cannot install the packages for Python 3.13 on x86_64."
    assert remedy == "Correct the cause in requirements.txt."
    assert details[0] == "Output of uv:"
    assert f"sha256:{good[::-1]}" in "\n".join(details)


def test_changed_local_wheel_is_installed_again(
    project: Path,
) -> None:
    write(project, {"requirements.txt": "./wheels/tiny-1.0-py3-none-any.whl\n"})
    tiny_wheel(project / "wheels", "one")
    assert contents(project)["tiny.py"] == b"one"
    tiny_wheel(project / "wheels", "two")
    found = contents(project)
    assert found["tiny.py"] == b"two"
    assert str(project).encode() not in b"".join(found.values())


def tiny_wheel(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    about = "tiny-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("tiny.py", text)
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(
            f"{about}/RECORD", f"tiny.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n"
        )


@pytest.mark.parametrize(
    ("target", "platform"),
    [
        (X86, "x86_64-manylinux_2_34"),
        (ARM, "aarch64-manylinux_2_34"),
        (Target("3.12"), "x86_64-manylinux_2_34"),
        (Target("3.11", "arm64"), "aarch64-manylinux_2_17"),
    ],
    ids=str,
)
def test_platform_has_the_glibc_of_the_lambda_runtime(target: Target, platform: str) -> None:
    assert target.platform == platform


# The cache


def test_changed_code_installs_nothing(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cache(tmp_path, monkeypatch)
    write(project, {"requirements.txt": SIX})
    package(project)
    fake_uv(tmp_path, monkeypatch, "echo uv ran >&2; exit 1")
    write(project, {"app.py": "app = 2\n"})
    found = contents(project)
    assert found["app.py"] == b"app = 2\n"
    assert b"__version__" in found["six.py"]


@pytest.mark.parametrize(
    "changed", ["requirements.txt", "more.txt", "limits.txt", "pyproject.toml", "target"]
)
def test_changed_inputs_install_the_wheels_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    own_cache(tmp_path, monkeypatch)
    write(
        project,
        {"requirements.txt": "-r more.txt\n--constraint=limits.txt\n", "more.txt": "", "limits.txt": ""},
    )
    package(project)
    fake_uv(tmp_path, monkeypatch, "echo uv ran >&2; exit 1")
    package(project)
    if changed != "target":
        with (project / changed).open("a") as file:
            file.write("# changed\n")
    assert failure(project, ARM if changed == "target" else X86).endswith("Output of uv:\n  uv ran")


def test_failed_installation_leaves_nothing_in_the_cache(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own_cache(tmp_path, monkeypatch)
    fake_uv(tmp_path, monkeypatch, "echo broken >&2; exit 1")
    write(project, {"requirements.txt": SIX})
    failure(project)
    assert list((folder / "wheels").iterdir()) == []


def test_cache_filled_by_another_build_is_used(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cache(tmp_path, monkeypatch)
    write(project, {"requirements.txt": SIX})
    theirs = CacheEntry(Requirements(project / "requirements.txt"), X86).folder
    fake_uv(tmp_path, monkeypatch, f"mkdir -p {theirs}; echo theirs > {theirs}/six.py")
    assert contents(project)["six.py"] == b"theirs\n"


@pytest.mark.parametrize("damage", [b"", b"not a zip"])
def test_damaged_compressed_dependencies_are_compressed_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    folder = own_cache(tmp_path, monkeypatch)
    write(project, {"requirements.txt": SIX})
    first = package(project)
    (compressed,) = (folder / "wheels").glob("*.zip")
    compressed.write_bytes(damage)
    assert package(project) == first


# The zip


def test_same_inputs_give_the_same_bytes_in_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"app.py": "app = 1\n", "domovoilib/b.py": "b", "domovoilib/a.py": "a", "requirements.txt": SIX}
    made = []
    for place, mode, mtime in (("here", 0o600, 1_000_000_000), ("there/deep", 0o644, 1_700_000_000)):
        folder = write(
            tmp_path / place / "project", dict(reversed(files.items())) if mode == 0o600 else files
        )
        for path in folder.rglob("*.py"):
            path.chmod(mode)
            os.utime(path, (mtime, mtime))
        own_cache(folder.parent, monkeypatch)
        made.append(package(folder))
    assert made[0].path.read_bytes() == made[1].path.read_bytes()
    assert made[0].sha256 == made[1].sha256


def test_members_have_fixed_metadata_and_are_sorted(project: Path) -> None:
    write(project, {"domovoilib/run.sh": "#!/bin/sh", "domovoilib/ö.txt": "ö" * 999, "requirements.txt": SIX})
    (project / "domovoilib/run.sh").chmod(0o700)
    with zipfile.ZipFile(package(project).path) as archive:
        infos = archive.infolist()
        assert archive.testzip() is None
    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    assert not [info for info in infos if info.is_dir() or info.extra or info.comment]
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.create_system for info in infos} == {3}
    assert {info.compress_type for info in infos} == {zipfile.ZIP_DEFLATED}
    modes = {info.filename: info.external_attr >> 16 for info in infos}
    assert modes.pop("domovoilib/run.sh") == stat.S_IFREG | 0o755
    assert set(modes.values()) == {stat.S_IFREG | 0o644}


def test_zip_is_the_same_as_that_of_zipfile(project: Path, tmp_path: Path) -> None:
    write(project, {"domovoilib/ö.txt": "ö" * 999, "requirements.txt": SIX})
    path = package(project).path
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(tmp_path / "plain.zip", "w") as plain:
        for info in archive.infolist():
            header = zipfile.ZipInfo(info.filename)
            header.external_attr, header.create_system = info.external_attr, 3
            plain.writestr(header, archive.read(info), zipfile.ZIP_DEFLATED, 9)
    assert path.read_bytes() == (tmp_path / "plain.zip").read_bytes()


def test_result_describes_the_zip(project: Path) -> None:
    result = built(project)
    data = result.zip.path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    runtime = list_runtime_files(KINDS).values()
    parts = (
        Part("the domovoi-tf runtime", len(runtime), sum(map(len, runtime))),
        Part("app.py", 1, 8),
    )
    path, unzipped = project.parent / "package.zip", sum(part.size for part in parts)
    assert result == Package(Zip(path, digest, len(data), unzipped, len(runtime) + 1, parts))
    assert stat.S_IMODE(result.zip.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("umask", [0o022, 0o077, 0])
def test_zip_is_for_this_user_only(project: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        path = package(project).path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        package(project)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_unchanged_zip_is_not_written(project: Path) -> None:
    path = package(project).path
    os.utime(path, (1, 1))
    before = path.stat()
    package(project)
    assert (path.stat().st_mtime, path.stat().st_ino) == (1, before.st_ino)
    write(project, {"app.py": "app = 2\n"})
    package(project)
    assert path.stat().st_mtime > 1
    assert sorted(each.name for each in path.parent.iterdir()) == ["package.zip", "project"]


def test_temporary_files_of_killed_builds_are_removed(project: Path) -> None:
    path = package(project).path
    left = path.with_name(f".{path.name}.x1y2.domovoi-tf")
    left.write_bytes(b"half")
    (path.parent / ".other.zip.x1y2.domovoi-tf").write_bytes(b"of another")
    package(project)  # nothing changes, and the zip itself is not written
    assert sorted(each.name for each in path.parent.iterdir()) == [
        ".other.zip.x1y2.domovoi-tf",
        "package.zip",
        "project",
    ]


def test_failed_build_keeps_the_old_zip(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = package(project).path.read_bytes()
    write(project, {"app.py": "app = 2\n"})

    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    path = project.parent / "package.zip"
    assert failure(project) == (
        f"{path} cannot be written: Permission denied.\nCorrect the permissions of its folder."
    )
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == ["package.zip", "project"]


def test_zip_has_no_trace_of_the_machine(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = own_cache(tmp_path, monkeypatch)
    write(
        project, {"requirements.txt": f"{SIX}\nmarkdown-it-py==3.0.0\n./wheels/tiny-1.0-py3-none-any.whl\n"}
    )
    tiny_wheel(project / "wheels", "tiny = 1\n")
    found = contents(project)
    everything = b"\n".join(
        [*found.values(), *(name.encode() for name in found), package(project).path.read_bytes()]
    )
    for trace in (tmp_path, home, Path(sys.prefix), Path.home() / ".cache"):
        assert str(trace).encode() not in everything


# What is wrong


def test_missing_app_is_an_error(project: Path) -> None:
    (project / "app.py").unlink()
    assert failure(project) == (
        f"{project}/app.py does not exist.\n"
        "Run the command in the project's folder, or create an app.py that defines `app` there."
    )


def test_folder_as_destination_is_an_error(project: Path) -> None:
    (project.parent / "package.zip").mkdir()
    assert failure(project) == (
        f"{project.parent}/package.zip cannot be written: Is a directory.\n"
        "Correct the permissions of its folder."
    )


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (Target("3.13", "aarch64"), "Lambda has no architecture 'aarch64'.\nUse x86_64 or arm64."),
        (Target("python3.13"), "'python3.13' is not a version of Python.\nUse a version such as 3.13."),
    ],
    ids=str,
)
def test_unsupported_target_is_an_error(project: Path, target: Target, text: str) -> None:
    write(project, {"requirements.txt": SIX})
    assert failure(project, target) == text


def test_link_out_of_the_project_is_an_error(project: Path) -> None:
    outside = write(project.parent / "outside", {"secret.py": "", "folder/x.py": ""})
    write(project, {"domovoilib/a.py": "", "vendor/b.py": ""})
    for link, goal in (
        ("domovoilib/secret.py", "secret.py"),
        ("vendor/folder", "folder"),
        ("chalicelib", "folder"),
    ):
        (project / link).symlink_to(outside / goal)
        assert failure(project) == (
            f"{link} links to {outside / goal}, which is outside the project folder.\n"
            "Replace the link with a copy of the file or folder."
        )
        (project / link).unlink()


def test_link_to_a_parent_folder_is_an_error(project: Path) -> None:
    write(project, {"domovoilib/a.py": ""})
    (project / "domovoilib/again").symlink_to(".")
    assert failure(project) == "domovoilib/again links to a folder that contains it.\nRemove the link."


def test_dangling_link_is_an_error(project: Path) -> None:
    write(project, {"domovoilib/a.py": ""})
    (project / "domovoilib/gone.py").symlink_to("nowhere.py")
    assert failure(project) == (
        "domovoilib/gone.py cannot be read: No such file or directory.\n"
        "Correct its permissions, or remove it."
    )


def test_special_file_is_an_error(project: Path) -> None:
    write(project, {"domovoilib/a.py": ""})
    os.mkfifo(project / "domovoilib/pipe")
    assert failure(project) == "domovoilib/pipe is not a regular file.\nRemove it."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "domovoilib/a.py",
            "domovoilib/a.py cannot be read: Permission denied.\nCorrect its permissions, or remove it.",
        ),
        (
            "requirements.txt",
            "{}/requirements.txt cannot be read: Permission denied.\nCorrect its permissions.",
        ),
    ],
)
def test_unreadable_file_is_an_error(
    project: Path, name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {name: ""})

    def refuse(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Path, *args: Any) -> Any:
            if path == project / name:
                raise PermissionError(13, "Permission denied")
            return function(path, *args)

        return call

    # Root, which runs the tests at times, reads everything.
    monkeypatch.setattr(Path, "read_bytes", refuse(Path.read_bytes))
    monkeypatch.setattr(os, "open", refuse(os.open))
    assert failure(project) == message.format(project)


def test_unreadable_folder_is_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, {"vendor/a/b.py": ""})
    list_children = Path.iterdir

    def refuse(path: Path) -> Iterator[Path]:
        if path == project / "vendor/a":
            raise PermissionError(13, "Permission denied")
        return list_children(path)

    monkeypatch.setattr(Path, "iterdir", refuse)  # root, which runs the tests at times, reads everything
    assert failure(project) == (
        "vendor/a cannot be read: Permission denied.\nCorrect its permissions, or remove it."
    )


def test_file_name_that_is_not_utf8_is_an_error(project: Path) -> None:
    write(project, {"domovoilib/a.py": ""})
    Path(os.fsdecode(os.fsencode(project) + b"/domovoilib/\xff.py")).write_text("")
    assert failure(project) == "The name of the file 'domovoilib/\\udcff.py' is not valid UTF-8.\nRename it."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vendor/app.py", "app.py comes from both app.py and vendor/app.py."),
        ("vendor/six.py", "six.py comes from both vendor/six.py and six 1.17.0 of requirements.txt."),
        (
            "vendor/domovoi_tf/app.py",
            "domovoi_tf/app.py comes from both the domovoi-tf runtime and vendor/domovoi_tf/app.py.",
        ),
    ],
)
def test_path_with_two_origins_is_an_error(project: Path, name: str, text: str) -> None:
    write(project, {name: "", "requirements.txt": SIX})
    assert failure(project) == f"{text}\nRemove or rename one of them."


def test_package_that_hides_the_app_is_an_error(project: Path) -> None:
    write(project, {"vendor/app/__init__.py": ""})
    assert failure(project) == (
        "The package app, from vendor/app/__init__.py, would be imported instead of app.py.\n"
        "Remove or rename it."
    )


def test_package_too_large_unzipped_is_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limits, "UNZIPPED_LIMIT", 1024 * 1024)
    sizes = {"domovoilib": 3, "vendor/b": 5, "vendor/c": 6, "vendor/d": 2, "vendor/e": 4, "vendor/f": 1}
    write(
        project,
        {f"{name}/{half}.bin": "x" * 512 * 1024 * size for name, size in sizes.items() for half in "12"},
    )
    assert failure(project) == (
        "The package is 21.0 MB unzipped; Lambda accepts 1.0 MB. "
        "Largest: vendor/c 6.0 MB, vendor/b 5.0 MB, vendor/e 4.0 MB, domovoilib 3.0 MB, vendor/d 2.0 MB.\n"
        "Remove unused files from the dependencies, vendor/ or domovoilib/, "
        "or leave files out with --exclude."
    )
    assert not (project.parent / "package.zip").exists()


def test_package_too_large_zipped_is_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limits, "ZIPPED_LIMIT", 1024 * 1024)
    write(project, {"vendor/dense/x.txt": "", "vendor/sparse/x.txt": "x" * 4 * 1024 * 1024})
    (project / "vendor/dense/x.txt").write_bytes(os.urandom(2 * 1024 * 1024))
    assert failure(project) == (
        "The package is 2.0 MB zipped; Lambda accepts 1.0 MB. "
        "Largest: vendor/dense 2.0 MB, the domovoi-tf runtime 0.0 MB, vendor/sparse 0.0 MB, app.py 0.0 MB.\n"
        "Remove unused files from the dependencies, vendor/ or domovoilib/, "
        "or leave files out with --exclude.\n"
        "Or upload it through S3, which has no such limit: set package_s3 in .chalice/config.json."
    )
    assert not (project.parent / "package.zip").exists()


def test_limits_are_those_of_lambda() -> None:
    assert (size_limits.ZIPPED_LIMIT, size_limits.UNZIPPED_LIMIT) == (52_428_800, 262_144_000)


@pytest.mark.parametrize(
    ("requirement", "package"), [("pywin32==306", "pywin32==306"), ("pywin32", "pywin32")]
)
def test_package_without_wheel_and_source_is_an_error(project: Path, requirement: str, package: str) -> None:
    write(project, {"requirements.txt": requirement})
    error, details = failure(project).split("Output of uv:\n")
    assert error == f"requirements.txt: {package} has no wheel for {X86}.\n{suggest_alternatives(X86)}\n"
    assert package in details


def test_unknown_package_is_an_error(project: Path) -> None:
    write(project, {"requirements.txt": f"{SIX}\ndomovoi-no-such-package-zz\n"})
    error, details = failure(project).split("Output of uv:\n")
    assert error == (
        "requirements.txt: there is no package domovoi-no-such-package-zz.\n"
        "Correct the name in requirements.txt, "
        "or add the index that has the package with --index-url there.\n"
    )
    assert "domovoi-no-such-package-zz" in details


def test_editable_package_is_an_error(project: Path) -> None:
    settings = "[project]\nname = 'mine'\nversion = '1'\n[build-system]\nrequires = ['hatchling']\n"
    write(
        project, {"mine/pyproject.toml": f"{settings}build-backend = 'hatchling.build'\n", "mine/mine.py": ""}
    )
    write(project, {"requirements.txt": "-e ./mine"})
    assert failure(project) == (
        "requirements.txt: mine is editable: it is only a link to a folder on this machine.\n"
        "Write ./mine instead of -e ./mine: it is then built for the package."
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@pypi.example.com/token/simple/six/", "https://pypi.example.com/…"),
        ("https://secret@pypi.example.com/simple", "https://pypi.example.com/…"),
        ("https://dl.example.com/secret/simple/six/", "https://dl.example.com/…"),
        ("https://user:sec@secret@pypi.example.com", "https://pypi.example.com"),
        ("https://user:se/secret@pypi.example.com/simple", "https://***"),
        ("git+https://secret:x@github.com/me/it.git@v1", "git+https://***"),
        ("https://user:se'secret@pypi.example.com/simple", "https://pypi.example.com/…"),
        ("file:///home/me/wheels/six.whl", "file:///home/me/wheels/six.whl"),
    ],
)
def test_secrets_of_indexes_are_hidden(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, shown: str
) -> None:
    (tmp_path / "output.txt").write_text(
        f"error: Failed to fetch: `{url}`\n  cause: sending for url ({url})\n"
    )
    fake_uv(tmp_path, monkeypatch, f"cat {tmp_path}/output.txt >&2; exit 2")
    write(project, {"requirements.txt": f"--index-url {url}\nsix\n"})
    assert failure(project) == (
        "requirements.txt: uv cannot install the packages for Python 3.13 on x86_64.\n"
        "Correct the cause in requirements.txt.\n"
        "Output of uv:\n"
        f"  error: Failed to fetch: `{shown}`\n"
        f"    cause: sending for url ({shown})"
    )


def test_secrets_of_an_unreachable_index_are_hidden(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    write(project, {"requirements.txt": "--index-url https://user:secret@127.0.0.1:9/token/simple\nsix\n"})
    text = failure(project)
    assert "https://127.0.0.1:9/…" in text
    assert "secret" not in text
    assert "token" not in text


def test_error_of_older_uv_is_parsed(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = (
        "  x No solution found:\n  ╰─▶ Because uwsgi==2.0.28 has no\n      usable wheels and you require it."
    )
    fake_uv(tmp_path, monkeypatch, f"cat >&2 <<'END'\n{drawn}\nEND\nexit 1")
    write(project, {"requirements.txt": "uwsgi==2.0.28 # drawn"})
    assert failure(project).startswith(
        "requirements.txt: uwsgi==2.0.28 has no wheel for Python 3.13 on x86_64.\n"
    )


def test_missing_uv_is_an_error(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own_cache(tmp_path, monkeypatch)
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    write(project, {"requirements.txt": SIX})
    assert failure(project) == "uv, which installs the wheels, was not found.\nRun `pip install uv`."
    fake = tmp_path / "uv"
    fake.write_text("#!/nonexistent\n")
    fake.chmod(0o755)
    assert failure(project) == (
        f"{fake} cannot be run: No such file or directory.\nRun `pip install --force-reinstall uv`."
    )


def test_unwritable_cache_is_an_error(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "file"))
    write(project, {"requirements.txt": SIX})
    assert failure(project) == (
        f"The cache folder {tmp_path}/file/wheels cannot be written: Not a directory.\n"
        "Set DOMOVOI_TF_HOME to a writable folder."
    )


def test_package_has_the_kinds_in_use_and_their_imports() -> None:
    def kinds(*used: str) -> set[str]:
        names = list_runtime_files(used)
        return {name.removeprefix("domovoi_tf/triggers/") for name in names if "/triggers/" in name}

    assert kinds() == {"__init__.py"}
    assert kinds("sns") == {"__init__.py", "sns.py"}
    assert kinds("event") == {"__init__.py", "event.py", "schedule.py"}
    assert list_runtime_files().keys() >= list_runtime_files(["event", "sns"]).keys()
