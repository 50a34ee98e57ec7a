"""However a project refers to a local package, its own current code is packaged.

Two projects have the same files, except for the code of their local package, and share the cache. The real uv
decides which spellings are valid. The tests run a sample; ``DOMOVOI_TF_SAMPLE=all`` runs all cases.
"""

from __future__ import annotations

import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from package_index import add_wheel, use_index, write_files
from sampling import choose_size, sample

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.build import Target, build
from domovoi_tf.packaging.dependencies.cache import CacheEntry
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.dependencies.wheels import find_uv

#: A build backend without dependencies, which packages the folder with the name of the distribution.
BACKEND = """
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = open("named").read().strip()
    about = f"{name}-1.dist-info"
    needs = open("needs").read().format(parent=os.path.dirname(os.getcwd()))
    with zipfile.ZipFile(f"{folder}/{name}-1-py3-none-any.whl", "w") as archive:
        for top, _, names in os.walk(name, followlinks=True):
            for each in names:
                archive.write(f"{top}/{each}")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.2\\nName: {name}\\nVersion: 1\\n{needs}")
        wheel = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        archive.writestr(f"{about}/WHEEL", wheel)
        listed = [*archive.namelist(), f"{about}/RECORD"]
        archive.writestr(f"{about}/RECORD", "".join(f"{each},,\\n" for each in listed))
    return f"{name}-1-py3-none-any.whl"
build_editable = build_wheel
"""
BUILD_SYSTEM = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def make_package(
    folder: Path, name: str = "common", static: bool = True, more: str = "", needs: str = ""
) -> None:
    """Writes a local package; its metadata are static, or only known after a build."""
    project = f'[project]\nname = "{name}"\nversion = "1"\n{more}\n' if static else ""
    files = {"pyproject.toml": f"{project}{BUILD_SYSTEM}", "backend.py": BACKEND}
    write_files(folder, {**files, "named": name, "needs": needs, f"{name}/__init__.py": ""})


@dataclass(frozen=True)
class Spelling:
    """One way to refer to a local package in a project.

    Args:
        folder: the folder of the package, relative to the project.
        form: the reference, in which fields in braces are replaced.
        place: the kind of file that contains the reference.
        file: the file of the package that differs and changes.
        link: whether the reference goes through a link to the folder.
        static: whether the package's metadata are in its pyproject.toml.
    """

    folder: str
    form: str
    place: str
    file: str
    link: bool
    static: bool


FOLDERS = (
    "common",
    "libs/common",
    "../shared/common",
    "my libs/common",
    "libs/dist",
    "build/common",
    "ö/common@1",
)
FORMS = (
    *("{path}", "./{path}", "{path}/", "./{path}[x]", "./{path} ; python_version > '3'", "./{path}  # ours"),
    *(
        "../{project}/{path}",
        "{absolute}",
        "${{LIBS}}/{path}",
        "./${{LIBS}}/{path}",
        "${{PROJECT_ROOT}}/{path}",
    ),
    *("file:{url}", "file:./{url}", "file://{absolute_url}", "file://localhost{absolute_url}"),
    *("common @ ./{path}", "common @ file:{url}", "common[x]@ file://{absolute_url} ; python_version > '3'"),
    *("common @ file://${{PROJECT_ROOT}}/{url}", "\\\n./{path}", "file://{absolute_url}#egg=common"),
)
PLACES = ("requirements", "included", "constrained", "source", "lock", "nested source", "computed", "pylock")
FILES = ("__init__.py", "data/deep/table.csv", "dist/__init__.py", "build/lib/core.py", "linked/menu.txt")

spellings = st.builds(
    Spelling,
    folder=st.sampled_from(FOLDERS),
    form=st.sampled_from(FORMS),
    place=st.sampled_from(PLACES),
    file=st.sampled_from(FILES),
    link=st.booleans(),
    static=st.booleans(),
)


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as context:
        yield context


@settings(max_examples=choose_size(3, 100), deadline=None, suppress_health_check=list(HealthCheck))
@given(spelling=spellings)
def test_each_project_gets_its_own_current_package(patch: pytest.MonkeyPatch, spelling: Spelling) -> None:
    check_spelling(patch, spelling)


@pytest.mark.parametrize("form", sample(FORMS, 8))
def test_each_form_of_a_requirement_is_recognized(patch: pytest.MonkeyPatch, form: str) -> None:
    check_spelling(patch, Spelling("libs/common", form, "requirements", FILES[1], False, True), True)


@pytest.mark.parametrize("form", ["./{path}", "./{path}[x] ; python_version > '3'", "file:{url}"])
def test_package_whose_name_only_a_build_reveals_is_recognized(patch: pytest.MonkeyPatch, form: str) -> None:
    check_spelling(patch, Spelling("libs/common", form, "included", FILES[1], False, False), True)


@pytest.mark.parametrize(
    ("place", "link"), sample([(place, link) for place in PLACES for link in (False, True)], len(PLACES))
)
def test_each_kind_of_file_is_read(patch: pytest.MonkeyPatch, place: str, link: bool) -> None:
    spelling = Spelling("../shared/common", "./{path}", place, "build/lib/core.py", link, True)
    check_spelling(patch, spelling, True)


WHEEL = "common-1.0-py3-none-any.whl"
HEAD = '[project]\nname = "service"\nversion = "1"\ndependencies = ["common"]\n'


#: Files of a project that name a wheel.
WHEEL_FILES: list[dict[str, str]] = [
    {"requirements.txt": f"wheels/{WHEEL}\n"},
    {"requirements.txt": f"common @ file:wheels/{WHEEL}\n"},
    {"requirements.txt": "common\n--find-links wheels\n"},
    {"requirements.txt": "common\n-f ${PROJECT_ROOT}/wheels\n"},
    {"requirements.txt": "common\n-r more/base.txt\n", "more/base.txt": "--find-links=../wheels\n"},
    {"requirements.txt": "common\n-f page.html\n", "page.html": f'<a href="wheels/{WHEEL}">common</a>\n'},
    {"requirements.txt": "common\n", "uv.toml": 'find-links = ["./wheels"]\n'},
    {"pyproject.toml": f'{HEAD}[tool.uv]\nfind-links = ["wheels"]\n'},
    {"pyproject.toml": f'{HEAD}[tool.uv.sources]\ncommon = {{ path = "wheels/{WHEEL}" }}\n'},
    {"pyproject.toml": f'{HEAD}[[tool.uv.index]]\nurl = "./wheels"\nformat = "flat"\n'},
    {"requirements.txt": "common\n"},  # UV_FIND_LINKS
]


@pytest.mark.parametrize("files", sample(WHEEL_FILES, 5), ids=str)
def test_each_project_gets_its_own_current_wheel(
    tmp_path: Path, patch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    use_index(tmp_path, patch)
    patch.setenv("UV_FIND_LINKS", "wheels" if files == {"requirements.txt": "common\n"} else "")
    projects = [write_files(tmp_path / each / "service", {"app.py": "", **files}) for each in ("one", "two")]
    for text in ("first", "second"):
        for project in projects:
            (project / "wheels").mkdir(exist_ok=True)
            add_wheel(project / "wheels", "common", text=f"{text} of {project.parent.name}")
        for project in projects:
            made = build(project, project.parent / "package.zip", Target(), ())
            with zipfile.ZipFile(made.zip.path) as archive:
                assert archive.read("common.py").decode() == f"{text} of {project.parent.name}"


def test_commit_in_a_local_git_repository_is_packaged(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    use_index(tmp_path, patch)
    make_package(tmp_path / "common")
    reference = f"common @ git+file://{tmp_path}/common@main\n"
    project = write_files(tmp_path / "service", {"app.py": "", "requirements.txt": reference})
    run_git(tmp_path / "common", "init", "-q", "-b", "main")
    for text in ("first", "second"):
        write_files(tmp_path / "common", {"common/__init__.py": text})
        if text == "second":  # the commit then changes no file outside of .git
            build(project, tmp_path / "package.zip", Target(), ())
        run_git(tmp_path / "common", "add", "-A")
        run_git(tmp_path / "common", "commit", "-q", "-m", text)
        made = build(project, tmp_path / "package.zip", Target(), ())
        with zipfile.ZipFile(made.zip.path) as archive:
            assert archive.read("common/__init__.py").decode() == text


@pytest.mark.parametrize("static", [True, False], ids=["static", "dynamic"])
def test_uv_that_is_not_offline_builds_a_changed_package_again(
    tmp_path: Path, patch: pytest.MonkeyPatch, static: bool
) -> None:
    use_index(tmp_path, patch)
    patch.delenv("UV_OFFLINE")
    spelling = Spelling("libs/common", "--no-index\n./{path}", "requirements", FILES[1], False, static)
    project = make_project(tmp_path / "service", spelling)
    for text in ("first", "second"):
        change(project, spelling, text)
        assert read_packaged(project, spelling) == text


def run_git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)


def test_what_builds_leave_behind_changes_nothing(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    use_index(tmp_path, patch)
    project = write_files(tmp_path / "service", {"app.py": "", "requirements.txt": "./common\n"})
    make_package(project / "common")
    before = CacheEntry(Requirements(project / "requirements.txt"), Target()).digest
    left = ("build/lib/common/__init__.py", "build/bdist.linux-x86_64/x", "common.egg-info/PKG-INFO")
    write_files(project / "common", dict.fromkeys((*left, "common/__pycache__/x.pyc", ".git/HEAD"), "left"))
    assert CacheEntry(Requirements(project / "requirements.txt"), Target()).digest == before


def check_spelling(patch: pytest.MonkeyPatch, spelling: Spelling, must_be_valid: bool = False) -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name).resolve()
        use_index(base, patch)
        patch.setenv("LIBS", ".")
        projects = [make_project(base / each / "service", spelling) for each in ("one", "two")]
        for project in projects:
            change(project, spelling, f"of {project.parent.name}\n")
        try:
            assert read_packaged(projects[0], spelling) == "of one\n"
        except PackageError:
            if must_be_valid:
                raise
            reject()
        assert read_packaged(projects[1], spelling) == "of two\n"
        change(projects[1], spelling, "changed\n")
        assert read_packaged(projects[1], spelling) == "changed\n"
        assert read_packaged(projects[0], spelling) == "of one\n"


def make_project(project: Path, spelling: Spelling) -> Path:
    write_files(project, {"app.py": "app = 1\n"})
    folder = project / spelling.folder
    make_package(folder, static=spelling.static)
    write_files(folder.parent / "data of common", {"menu.txt": ""})
    (folder / "common" / "linked").symlink_to("../../data of common")
    if spelling.link:
        (project / "link").symlink_to(folder)
    path = "link" if spelling.link else spelling.folder
    absolute = str(project / path)
    reference = spelling.form.format(
        path=path, project=project.name, absolute=absolute, url=quote(path), absolute_url=quote(absolute)
    )
    WRITERS[spelling.place](project, path, reference)
    return project


def write_requirements(project: Path, _: str, reference: str) -> None:
    write_files(project, {"requirements.txt": f"# ours\n{reference}\n"})


def write_included(project: Path, _: str, reference: str) -> None:
    write_files(project, {"requirements.txt": "-r more/base.txt\n", "more/base.txt": f"{reference}\n"})


def write_constraints(project: Path, path: str, _: str) -> None:
    constraint = f"common @ file://{quote(str(project / path))}\n"
    write_files(project, {"requirements.txt": "common\n-c more/limits.txt\n", "more/limits.txt": constraint})


def write_source(project: Path, path: str, _: str) -> None:
    source = f'[tool.uv.sources]\ncommon = {{ path = "{path}" }}\n'
    head = '[project]\nname = "service"\nversion = "1"\nrequires-python = ">=3.10"\n'
    write_files(project, {"pyproject.toml": f'{head}dependencies = ["common"]\n{source}'})


def write_lock(project: Path, path: str, reference: str) -> None:
    write_source(project, path, reference)
    subprocess.run([find_uv(), "lock", "--quiet"], cwd=project, check=True)


def write_nested_source(project: Path, path: str, _: str) -> None:
    more = f'dependencies = ["common"]\n[tool.uv.sources]\ncommon = {{ path = "../{path}" }}\n'
    make_package(project / "top", "top", more=more)
    write_files(project, {"requirements.txt": "./top\n"})


def write_computed(project: Path, path: str, _: str) -> None:
    needs = f"Requires-Dist: common @ file://{{parent}}/{quote(path)}\n"
    make_package(project / "top", "top", static=False, needs=needs)
    write_files(project, {"requirements.txt": "./top\n"})


def write_pylock(project: Path, path: str, _: str) -> None:
    head = 'lock-version = "1.0"\ncreated-by = "test"\n'
    write_files(
        project, {"pylock.toml": f'{head}[[packages]]\nname = "common"\ndirectory = {{ path = "{path}" }}\n'}
    )


WRITERS = {
    "requirements": write_requirements,
    "included": write_included,
    "constrained": write_constraints,
    "source": write_source,
    "lock": write_lock,
    "nested source": write_nested_source,
    "computed": write_computed,
    "pylock": write_pylock,
}


def change(project: Path, spelling: Spelling, text: str) -> None:
    path = project / spelling.folder / "common" / spelling.file
    write_files(path.parent, {path.name: text})


def read_packaged(project: Path, spelling: Spelling) -> str:
    made = build(project, project.parent / "package.zip", Target(), ())
    with zipfile.ZipFile(made.zip.path) as archive:
        return archive.read(f"common/{spelling.file}").decode()
