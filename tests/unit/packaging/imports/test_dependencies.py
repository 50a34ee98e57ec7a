"""Lambda has every module of other packages that the app cannot do without, or building the package fails."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from documentation.pages import quote_block
from package_index import PURE, add_wheel, use_index, write_files

from domovoi_tf.loading.recording.records import ImportedModule, ReadApplication
from domovoi_tf.packaging.imports.dependencies import check_dependencies
from domovoi_tf.packaging.imports.package import PackagedFiles
from domovoi_tf.packaging.target import Target

from .conftest import Project

NONE = "the project lists no dependencies"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return use_index(tmp_path, monkeypatch)


def missing(place: str, name: str, remedy: str, reason: str = NONE, chain: str = "") -> str:
    module = f"the module {name}, which is imported here{chain}"
    return f"{place}: neither the package nor Lambda's runtime contains {module}: {reason}\n    {remedy}"


def test_module_of_no_requirement_is_an_error_that_names_its_distribution(project: Project) -> None:
    project.install("PyYAML", {"yaml/__init__.py": "", "yaml/nodes.py": ""})
    project.write(app="import yaml.nodes\n")
    assert project.render() == ""
    assert project.fail() == missing("app.py:1", "yaml", "Add PyYAML to requirements.txt.")
    assert not (project.folder.parent / "package.zip").exists()


def test_page_quotes_the_problem_of_a_module_of_no_requirement(project: Project) -> None:
    quoted = quote_block("docs/guides/package.md", "Error: app.py:1")
    project.install("pyyaml", {"yaml/__init__.py": ""})  # as PyYAML's wheel names its metadata folder
    write_files(project.folder, {"requirements.txt": ""})
    project.write(app="import yaml\n")
    assert f"Error: {project.fail()}".split() == quoted.split()


def test_listed_module_is_packaged(project: Project, index: Path) -> None:
    add_wheel(index, "soda", text="WATER = 1\n")
    project.install("soda", {"soda.py": "WATER = 2\n"})
    write_files(project.folder, {"requirements.txt": "soda"})
    project.write(app="import soda\n")
    assert project.run("import app, soda; print(soda.WATER)") == "1"


def test_excluded_dependency_is_an_error_that_names_the_pattern_as_the_cause(
    project: Project, index: Path
) -> None:
    add_wheel(index, "soda")
    project.install("soda", {"soda.py": ""})
    write_files(project.folder, {"requirements.txt": "soda"})
    project.write(app="import soda\n")
    remedy = "Remove the pattern from package_exclude in .chalice/config.json, or from --exclude."
    assert project.fail(exclude=("soda.py",)) == missing("app.py:1", "soda", remedy, "a pattern excludes it")


def test_all_missing_modules_are_listed_with_the_chain_of_imports(project: Project) -> None:
    project.install("gin", {"gin.py": ""})
    project.install("rum", {"rum.py": ""})
    project.write(app="import bar\nimport rum\n", bar="\nimport gin\n")
    chain = " (imported through app.py:1 -> bar.py:2)"
    assert project.fail() == (
        missing("app.py:2", "rum", "Add rum to requirements.txt.")
        + "\n"
        + missing("bar.py:2", "gin", "Add gin to requirements.txt.", chain=chain)
    )


@pytest.mark.parametrize(
    ("listing", "remedy"),
    [
        ("requirements.txt", "Add gin to requirements.txt."),
        ("pylock.toml", "Add gin to the project's dependencies and lock again."),
        ("pyproject.toml", "Add gin to the dependencies in pyproject.toml."),
        ("uv.lock", "Add gin to the dependencies in pyproject.toml and run `uv lock`."),
        ("../uv.lock", "Add gin to the dependencies in pyproject.toml and run `uv lock`."),
    ],
)
def test_remedy_fits_the_file_that_lists_the_dependencies(
    project: Project, listing: str, remedy: str
) -> None:
    project.install("gin", {"gin.py": ""})
    project.write(app="import gin\n")
    package = PackagedFiles(project=project.folder, own=(), target=Target())
    (problem,) = check_dependencies(project.read(), package, listing)
    assert str(problem) == missing("app.py:1", "gin", remedy, f"{listing} does not list it")


@pytest.mark.parametrize(
    ("document", "remedy"),
    [
        ('[project]\nname = "bar"\nversion = "1"\n', "Add gin to the dependencies in pyproject.toml."),
        ("[tool.ruff]\n", "Add gin to requirements.txt."),
    ],
)
def test_first_dependency_belongs_into_the_pyproject_that_describes_the_project(
    project: Project, document: str, remedy: str
) -> None:
    project.install("gin", {"gin.py": ""})
    write_files(project.folder, {"pyproject.toml": document})
    project.write(app="import gin\n")
    assert project.fail() == missing("app.py:1", "gin", remedy)


def test_module_outside_of_installed_packages_is_named_by_its_file(project: Project) -> None:
    write_files(project.folder.parent, {"shared/common.py": ""})
    project.write(app="import sys\nsys.path.append('../shared')\nimport common\n")
    file = project.folder.parent / "shared" / "common.py"
    assert project.fail() == missing(
        "app.py:3",
        "common",
        f"It was read from {file}. Add the package that contains it to "
        "requirements.txt, or copy it into vendor/.",
    )


@pytest.mark.parametrize(
    "app",
    [
        "try:\n    import gin\nexcept ImportError:\n    gin = None\n",
        "try:\n    import gin\nexcept (AttributeError, ModuleNotFoundError): ...\n",
        "try:\n    import gin\nexcept: ...\n",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import gin\n",
        "import sys\nif sys.version_info >= (3, 1):\n    import gin\n",
        "import sys\nif sys.version_info < (3, 1): ...\nelse:\n    import gin\n",
        "import os\nif 'AWS_LAMBDA_FUNCTION_NAME' not in os.environ:\n    import gin\n",
        "import importlib.util\nif importlib.util.find_spec('gin'):\n    import gin\n",
        "from importlib.util import find_spec\nHAS = find_spec('gin') is not None\nif HAS:\n    import gin\n",
        "from importlib.util import find_spec\nif (spec := find_spec('gin')) and spec:\n    import gin\n",
        "from importlib.util import find_spec\ndef has(name):\n    return bool(find_spec(name))\n"
        "if has('gin'):\n    import gin\n",
        "try:\n    import nothing\n    HAS = True\nexcept ImportError:\n    HAS = False\n"
        "if not HAS:\n    import gin\n",
        "import importlib\ndef load(name):\n    return importlib.import_module(name)\n"
        "try:\n    load('gin')\nexcept Exception: ...\n",
        "try:\n    import tonic\nexcept ImportError: ...\n",
    ],
)
def test_module_that_the_app_can_do_without_is_not_missed(project: Project, app: str) -> None:
    project.install("gin", {"gin.py": ""})
    project.write(app=app, tonic="import gin\n")
    project.package()


@pytest.mark.parametrize(
    "app",
    [
        "try:\n    import gin\nexcept ImportError:\n    raise\n",
        "try:\n    import gin\nexcept KeyError: ...\n",
        "try:\n    import nothing\nexcept ImportError:\n    import gin\n",
        "if True:\n    import gin\n",
        "from importlib.util import find_spec\nHAS = find_spec('gin')\nif True:\n    import gin\n",
        "import sys\nfrom importlib.util import find_spec, module_from_spec\nspec = find_spec('gin')\n"
        "sys.modules[spec.name] = module_from_spec(spec)\n",
        "try:\n    HAS = True\nexcept KeyError: ...\nif HAS:\n    import gin\n",
        "import importlib\nimportlib.import_module('gin')\n",
        "try:\n    import gin\nexcept ImportError: ...\nfrom gin import *\n",
    ],
)
def test_module_that_the_app_needs_is_missed(project: Project, app: str) -> None:
    project.install("gin", {"gin.py": ""})
    project.write(app=app)
    place = "app.py:4" if "from gin" in app else f"app.py:{app[: app.rindex('gin')].count(chr(10)) + 1}"
    assert project.fail() == missing(place, "gin", "Add gin to requirements.txt.")


@pytest.mark.parametrize(
    ("packaged", "needed"),
    [
        ("import gin\n", True),
        ("class Bar:\n    import gin\n", True),
        ("GIN = None\n", False),
        ("import os\nif 'GIN' not in os.environ:\n    import gin\n", False),
        ("if True: ...\nelif False: ...\nelse:\n    try:\n        import gin\n    finally: ...\n", False),
    ],
)
def test_need_of_a_dependency_is_that_of_its_packaged_release(
    project: Project, index: Path, packaged: str, needed: bool
) -> None:
    add_wheel(index, "bar", "2.0", text=packaged)
    project.install("bar", {"bar.py": "import gin\n"})
    project.install("gin", {"gin.py": ""})
    write_files(project.folder, {"requirements.txt": "bar"})
    project.write(app="import bar\n")
    if not needed:
        project.package()
        return
    chain, reason = " (imported through app.py:1 -> bar.py:1)", "requirements.txt does not list it"
    remedy = "Add gin to requirements.txt."
    assert project.fail() == missing("app.py:1", "gin", remedy, reason, chain)


def test_import_below_a_condition_of_the_installed_release_of_a_dependency_is_optional(
    project: Project, index: Path
) -> None:
    add_wheel(index, "bar", text="import gin\n")
    project.install("bar", {"bar.py": "GIN = len('gin') == 3\nif GIN:\n    import gin\n"})
    project.install("gin", {"gin.py": ""})
    write_files(project.folder, {"requirements.txt": "bar"})
    project.write(app="import bar\n")
    project.package()


def test_module_of_the_project_that_hides_a_dependency_in_lambda_is_an_error(project: Project) -> None:
    project.install("gin", {"gin.py": "WHO = 'dependency'\n"})
    project.write(
        app=f"import sys\nsys.path.insert(0, {str(project.site)!r})\nimport gin\n", gin="WHO = 'project'\n"
    )
    assert project.fail() == (
        f"app.py:3: Lambda would import gin from gin.py, and not from {project.site / 'gin.py'}\n"
        "    Rename gin.py."
    )


def test_modules_of_a_package_may_differ_between_releases_and_platforms(
    project: Project, index: Path
) -> None:
    add_wheel(index, "bar")
    project.install("bar", {"bar/__init__.py": "from bar import _old, _fast\n", "bar/_old.py": ""})
    write_files(project.site, {"bar/_fast.py": ""})
    write_files(project.folder, {"requirements.txt": "bar"})
    project.write(app="import bar\n")
    project.package()


def test_modules_of_the_runtime_need_no_requirement(project: Project) -> None:
    names = ("boto3", "botocore", "dateutil", "six", "urllib3", "s3transfer", "jmespath")
    for name in names:
        project.install(f"{name}-here", {f"{name}.py": ""})
    project.write(app=f"import {', '.join(names)}\n")
    project.package()


def test_portions_of_a_namespace_package_are_compared_one_by_one(project: Project, index: Path) -> None:
    write_files(project.folder, {"vendor/acme/gin/__init__.py": "", "acme/tonic.py": ""})
    project.install("acme-rum", {"acme/rum/__init__.py": "", "acme/rum/dark.py": ""})
    project.write(app="import acme.gin, acme.tonic\n")
    project.package()
    project.write(app="import acme.gin, acme.tonic, acme.rum.dark\n")
    assert project.fail() == missing("app.py:1", "acme.rum", "Add acme-rum to requirements.txt.")


def test_package_that_is_a_namespace_in_another_release_is_not_missed(project: Project) -> None:
    write_files(project.folder, {"vendor/acme/gin.py": ""})
    project.install("acme", {"acme/__init__.py": "", "acme/gin.py": ""})
    project.write(app="import acme.gin\n")
    project.package()


def test_package_that_is_installed_editable_may_be_packaged_in_another_release(
    project: Project, index: Path
) -> None:
    add_wheel(index, "common", text="WHO = 'released'\n")
    write_files(project.folder, {"requirements.txt": "common", "libs/common.py": "WHO = 'edited'\n"})
    project.write(app="import sys\nsys.path.insert(0, 'libs')\nimport common\n")
    assert project.run("import app, common; print(common.WHO)") == "released"


@pytest.mark.parametrize(
    ("call", "is_missed"),
    [
        ("from importlib.metadata import version\nversion('My.App')\n", True),
        ("import importlib.metadata as m\nm.version('my-app')\n", True),
        (
            "import importlib.metadata as m\ntry: m.version('my-app')\nexcept m.PackageNotFoundError: ...\n",
            False,
        ),
        ("import importlib.metadata as m\n[each.metadata for each in m.distributions()]\n", False),
        ("import importlib.metadata as m\nm.version('soda')\n", False),
    ],
)
def test_metadata_of_the_project_itself_is_missed(
    project: Project, index: Path, call: str, is_missed: bool
) -> None:
    add_wheel(index, "soda")
    write_files(project.folder, {"requirements.txt": "soda"})
    for name in ("my_app", "soda", "other"):
        write_files(project.site, {f"{name}-1.0.dist-info/METADATA": f"Name: {name}\nVersion: 1.0\n"})
    project.write(app=call)
    if not is_missed:
        project.package()
        return
    assert project.fail() == (
        "app.py:2: the package does not contain the metadata of my-app, which is read here\n"
        "    Only dependencies have metadata in the package. Write the version into the project, or catch "
        "importlib.metadata.PackageNotFoundError."
    )


def test_module_that_only_a_layer_can_contain_is_a_warning(project: Project) -> None:
    project.install("gin", {"gin.py": ""})
    project.write(app="import gin\n")
    warning, _, _ = missing("app.py:1", "gin", "").partition("\n")
    assert project.package(has_other_layers=True).warnings == (
        f"{warning}. The app can only start if a layer of the configuration contains it",
    )


def test_vendored_copy_may_be_another_release(project: Project) -> None:
    project.install("gin", {"gin.py": "1\n"})
    project.write(app="import gin\n", vendor__gin="2\n")
    project.package()


def test_dependency_that_hides_a_module_is_an_error_except_in_a_layer(project: Project, index: Path) -> None:
    add_package(index, "helpers", {"utils/__init__.py": "WHO = 'dependency'\n"})
    write_files(project.folder, {"requirements.txt": "helpers"})
    project.write(app="import utils\n", utils="WHO = 'project'\n")
    assert project.render() == ""
    assert project.fail() == (
        "app.py:1: Lambda would import utils from utils/__init__.py in helpers 1.0 of requirements.txt, and "
        "not from utils.py\n"
        "    Rename utils.py, or leave the other file out with package_exclude in .chalice/config.json."
    )
    assert project.run("import app, utils; print(utils.WHO)", layer=True) == "project"


def add_package(index: Path, name: str, files: dict[str, str]) -> None:
    """Adds a wheel with these files to the index."""
    add_wheel(index, name)
    wheel, record = index / f"{name}-1.0-{PURE}.whl", f"{name}-1.0.dist-info/RECORD"
    with zipfile.ZipFile(wheel) as archive:
        contents = {each: archive.read(each).decode() for each in archive.namelist()} | files
    contents[record] = "".join(f"{each},,\n" for each in contents)
    with zipfile.ZipFile(wheel, "w") as archive:
        for each, text in contents.items():
            archive.writestr(each, text)


# The standard library


def test_vendored_module_that_hides_the_standard_library_is_refused(project: Project) -> None:
    project.write(app="def pour():\n    import queue\n", vendor__queue="")
    problem = (
        "vendor/queue.py: in Lambda, queue.py hides Python's standard library module queue, which the app "
        'uses\n    Rename or remove it, or leave it out with "package_exclude": ["queue.py"] in '
        ".chalice/config.json."
    )
    assert project.render() == problem
    assert project.fail() == problem
    assert project.render(excluded=("queue.py",)) == ""


def test_module_of_the_standard_library_that_others_import_counts_as_used(project: Project) -> None:
    project.write(app="import logging.handlers\n", vendor__queue____init__="")
    assert project.render() == (
        "vendor/queue/__init__.py: in Lambda, queue/__init__.py hides Python's standard library module "
        "queue, which the app uses\n"
        '    Rename or remove it, or leave it out with "package_exclude": ["queue"] in .chalice/config.json.'
    )


def test_unused_module_of_the_standard_library_that_is_hidden_is_a_warning(project: Project) -> None:
    project.write(vendor__sched="", vendor__test____init__="")
    assert project.render() == (
        "warning: vendor/sched.py: in Lambda, sched.py hides Python's standard library module sched from "
        "everything that the app imports: rename or remove it"
    )


@pytest.mark.parametrize("layer", [False, True])
def test_dependency_that_hides_the_standard_library_is_an_error(
    project: Project, index: Path, layer: bool
) -> None:
    add_wheel(index, "pathlib")
    add_wheel(index, "sched")
    write_files(project.folder, {"requirements.txt": "pathlib\nsched"})
    project.write(app="import pathlib\n")
    assert project.render() == ""
    assert project.fail(layer=layer) == (
        "pathlib 1.0 of requirements.txt: in Lambda, pathlib.py hides Python's standard library module "
        "pathlib, which the app uses\n"
        '    Rename or remove it, or leave it out with "package_exclude": ["pathlib.py"] in '
        ".chalice/config.json."
    )
    assert project.package(layer=layer, exclude=("pathlib.py",)).warnings == (
        "sched 1.0 of requirements.txt: in Lambda, sched.py hides Python's standard library module sched "
        "from everything that the app imports: rename or remove it",
    )


def test_module_that_the_target_removed_from_the_standard_library_is_missing(
    project: Project, index: Path
) -> None:
    read = ReadApplication(
        functions=(),
        routes=(),
        modules=(
            ImportedModule(name="imghdr", file="", frames=((str(project.folder / "app.py"), 2),)),
            ImportedModule(name="json", file="", frames=((str(project.folder / "app.py"), 3),)),
        ),
    )

    def check(python: str) -> list[str]:
        package = PackagedFiles(project=project.folder, own=(), target=Target(python))
        return [str(problem) for problem in check_dependencies(read, package, "")]

    assert check("3.13") == [
        "app.py:2: Python 3.13 does not have the module imghdr, which is imported here: it belongs to the "
        "standard library of another version\n"
        "    Replace it, or set python_version in .chalice/config.json to the version that has it."
    ]
    assert check("3.12") == []


def test_backport_of_a_removed_module_hides_nothing(project: Project) -> None:
    project.write(app="import imghdr\n", vendor__imghdr="")
    assert project.render(target=Target("3.13")) == ""
    assert project.render(target=Target("3.12")).startswith("vendor/imghdr.py: in Lambda, imghdr.py hides ")
