"""Dependencies in the file of another tool are an error with the command that converts the file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from package_index import add_wheel, use_index, write_files

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.build import Target, build
from domovoi_tf.packaging.dependencies.requirements import find_requirements
from domovoi_tf.packaging.dependencies.wheels import find_uv

PROJECT = '[project]\nname = "bar"\nversion = "1"\ndependencies = {}\n'
POETRY = '[tool.poetry]\nname = "bar"\n[tool.poetry.dependencies]\npython = "^3.11"\n'
POETRY_DEV = f'{POETRY}[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
EXPORT = "poetry self add poetry-plugin-export && poetry export -o requirements.txt"
COMPILE = "uv pip compile --universal {} -o requirements.txt"
EMPTY_SETUPS = (
    "setup()",
    "setup(install_requires=[])",
    "REQUIRES = []\nsetup(install_requires=REQUIRES)",
    "setup(install_requires='')",
    "setup(install_requires=None)  # install_requires=['six']",
    "setup(**dict(install_requires=()))",
    "setup(install_requires=['domovoi-tf[yaml]>=1'])",
)
PIPFILE = '[packages]\nsix = "*"\n'


@pytest.mark.parametrize(
    ("files", "where", "command"),
    [
        ({"pyproject.toml": f'{POETRY}six = "*"\n', "poetry.lock": ""}, "poetry.lock", EXPORT),
        ({"pyproject.toml": PROJECT.format('["six"]'), "poetry.lock": ""}, "poetry.lock", EXPORT),
        ({"poetry.lock": ""}, "poetry.lock", EXPORT),
        (
            {"pyproject.toml": f'{POETRY}six = "*"\n'},
            "pyproject.toml under [tool.poetry.dependencies]",
            f"poetry lock && {EXPORT}",
        ),
        (
            {"pyproject.toml": PROJECT.format('["six"]'), "pdm.lock": ""},
            "pdm.lock",
            "pdm export --prod -f requirements -o requirements.txt",
        ),
        (
            {"Pipfile": PIPFILE, "Pipfile.lock": '{"default": {"six": {}}}'},
            "Pipfile.lock",
            "pipenv requirements > requirements.txt",
        ),
        ({"Pipfile": PIPFILE}, "Pipfile", "pipenv lock && pipenv requirements > requirements.txt"),
        ({"requirements.in": "# ours\nsix\n"}, "requirements.in", COMPILE.format("requirements.in")),
        (
            {
                "requirements/dev.txt": "x",
                "requirements/base.txt": "x",
                "requirements/prod.txt": "-r base.txt",
            },
            "requirements/prod.txt",
            "echo '-r requirements/prod.txt' > requirements.txt",
        ),
        (
            {"requirements/prod.txt": "# none", "requirements/base.txt": "-e ./common\n"},
            "requirements/base.txt",
            "echo '-r requirements/base.txt' > requirements.txt",
        ),
        (
            {"requirements/base.in": "six\n"},
            "requirements/base.in",
            COMPILE.format("requirements/base.in"),
        ),
        (
            {"setup.py": 'from setuptools import setup\nsetup(install_requires=["six"])\n'},
            "setup.py",
            COMPILE.format("setup.py"),
        ),
        *(
            ({"setup.py": f"from setuptools import setup\n{code}\n"}, "setup.py", COMPILE.format("setup.py"))
            for code in (
                "setup(install_requires='six')",
                "setup(install_requires=open('requirements-app.txt').read().split())",
                "setup(**{'install_requires': ['six']})",
                "requires = ['six']\nsetup(install_requires=requires)",
                "requires = []\nrequires.append('six')\nsetup(install_requires=requires)",
                "requires = []\nrequires += ['six']\nsetup(install_requires=requires)",
                "from versions import requires\nsetup(install_requires=requires)",
                "options = {}\noptions['install_requires'] = ['six']\nsetup(**options)",
            )
        ),
        (
            {"setup.cfg": "[options]\ninstall_requires =\n  six\n", "setup.py": ""},
            "setup.cfg",
            COMPILE.format("setup.cfg"),
        ),
        (
            {"setup.cfg": "[options]\ninstall_requires = six\n"},
            "setup.cfg",
            f"echo 'import setuptools; setuptools.setup()' > setup.py && {COMPILE.format('setup.cfg')}",
        ),
    ],
    ids=str,
)
def test_file_of_another_tool_is_an_error(
    tmp_path: Path, files: dict[str, str], where: str, command: str
) -> None:
    write_files(tmp_path, {"app.py": "", **files})
    with pytest.raises(PackageError) as caught:
        build(tmp_path, tmp_path / "package.zip", Target(), ())
    assert str(caught.value) == (
        f"The dependencies are in {where}, which domovoi-tf cannot read.\n"
        f"Run `{command}`, now and whenever they change."
    )
    assert not (tmp_path / "package.zip").exists()
    write_files(tmp_path, {"requirements.txt": ""})
    requirements = find_requirements(tmp_path)
    assert requirements
    assert requirements.file.name == "requirements.txt"


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": POETRY_DEV, "poetry.lock": ""},
        {
            "Pipfile": '[dev-packages]\npytest = "*"\n',
            "Pipfile.lock": '{"default": {}, "develop": {"pytest": {}}}',
        },
        {"Pipfile": "this is not TOML", "Pipfile.lock": "this is not JSON"},
        {"requirements.in": "# none\n"},
        {"requirements/dev.txt": "pytest\n"},
        {"requirements/prod.txt": "\n", "requirements/base.txt": "# none\n--index-url https://example.com\n"},
        {"pyproject.toml": PROJECT.format("[]"), "pdm.lock": ""},
        {"pyproject.toml": f'{POETRY}domovoi-tf = "*"\n', "poetry.lock": ""},
        {"Pipfile": '[packages]\ndomovoi_tf = "*"\n', "Pipfile.lock": '{"default": {"click": {}}}'},
        *({"setup.py": f"from setuptools import setup\n{code}\n"} for code in EMPTY_SETUPS),
        {"setup.py": "this is not Python: install_requires"},
        {"setup.cfg": "[options]\n# install_requires = six\n"},
        {"setup.cfg": "[options]\ninstall_requires =\n  # six\n"},
        {"setup.cfg": "[options]\ninstall_requires = domovoi-tf\n"},
        {"setup.cfg": "[options.extras_require]\ninstall_requires = six\n"},
        {"setup.cfg": "install_requires = six\n"},
    ],
    ids=str,
)
def test_file_without_dependencies_of_the_app_is_ignored(tmp_path: Path, files: dict[str, str]) -> None:
    assert find_requirements(write_files(tmp_path, files)) is None


def test_source_of_a_compiled_file_is_ignored_beside_dependencies(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.in": "six\n", "pyproject.toml": PROJECT.format('["six"]')})
    requirements = find_requirements(tmp_path)
    assert requirements
    assert requirements.file.name == "pyproject.toml"


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.in": "six\n"},
        {"requirements/prod.txt": "six\n"},
        {"requirements/prod.in": "six\n"},
        {"setup.cfg": "[metadata]\nname = bar\n[options]\npy_modules = app\ninstall_requires =\n  six\n"},
    ],
    ids=str,
)
def test_suggested_command_makes_a_usable_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    index = use_index(tmp_path, monkeypatch)
    add_wheel(index, "six", "99.0")
    if "setup.cfg" in files:
        monkeypatch.delenv("UV_OFFLINE")  # to build with setuptools
    monkeypatch.setenv("PATH", f"{Path(find_uv()).parent}:/usr/bin:/bin")
    project = write_files(tmp_path / "project", {"app.py": "", **files})
    with pytest.raises(PackageError) as caught:
        build(project, tmp_path / "package.zip", Target(), ())
    command = str(caught.value).split("`")[1]
    subprocess.run(command, shell=True, cwd=project, check=True, capture_output=True)  # noqa: S602
    made = build(project, tmp_path / "package.zip", Target(), ())
    assert [part.name for part in made.zip.parts if part.name.startswith("six ")] == ["six 99.0"]
