"""Data files that the app reads when it is imported are in the package, or a warning names the setting."""

from __future__ import annotations

import json

import pytest
from package_index import write_files

from domovoi_tf.packaging.contents import list_project_files

from .conftest import SRC, Project, unpackaged

ADD = 'add "package_include": [{}] to .chalice/config.json'


def test_data_file_that_is_read_but_not_packaged_is_a_warning(project: Project) -> None:
    write_files(project.folder, {"topics.json": "[]", "data/prices.csv": ""})
    project.write(app="import pathlib\nopen('topics.json')\npathlib.Path('data/prices.csv').read_bytes()\n")
    assert project.render().splitlines() == [
        unpackaged("app.py:3", "data/prices.csv", "it", ADD.format('"data/prices.csv"')),
        unpackaged("app.py:2", "topics.json", "it", ADD.format('"topics.json"')),
    ]
    assert project.render(include=("topics.json", "data")) == ""
    assert project.run(include=("topics.json", "data")) == ""


def test_many_data_files_of_a_folder_are_one_warning(project: Project) -> None:
    write_files(project.folder, {f"texts/{number}.txt": "" for number in range(5)})
    project.write(app="import glob\nfor name in glob.glob('texts/*.txt'): open(name).read()\n")
    assert project.render() == (
        unpackaged(
            "app.py:2",
            "5 files in texts",
            "them",
            'add "package_include": ["texts/*"] to .chalice/config.json',
        )
    )
    assert project.render(include=("texts/*",)) == ""


@pytest.mark.parametrize(
    ("count", "more", "files", "patterns"),
    [
        (4, "", "0.json, 1.json, 2.json and 1 other file", '"*.json"'),
        (5, "x.csv", "0.json, 1.json, 2.json and 3 other files", '"*.csv", "*.json"'),
        (4, "menu", "0.json, 1.json, 2.json and 2 other files", '"*.json", "menu"'),
        (3, "my menu [1]", "0.json, 1.json, 2.json and 1 other file", '"*.json", "my menu [1]"'),
    ],
)
def test_many_data_files_beside_the_app_are_listed_and_suggested_by_suffix(
    project: Project, count: int, more: str, files: str, patterns: str
) -> None:
    names = [f"{number}.json" for number in range(count)] + [more] * bool(more)
    write_files(project.folder, dict.fromkeys(names, ""))
    project.write(app=f"for name in {names}: open(name).read()\n")
    assert project.render() == unpackaged("app.py:1", files, "them", ADD.format(patterns))
    assert project.render(include=tuple(json.loads(f"[{patterns}]"))) == ""


@pytest.mark.parametrize(
    ("name", "pattern"), [("my [1] file?.txt", "my [1] file?.txt"), ("a*/b.txt", "a*/b.txt")]
)
def test_suggested_name_with_characters_of_a_pattern_is_that_file(
    project: Project, name: str, pattern: str
) -> None:
    write_files(project.folder, {name: "", "my 1 filex.txt": "", "ab/b.txt": ""})
    project.write(app=f"open({name!r}).read()\n")
    assert project.render() == unpackaged("app.py:1", name, "it", ADD.format(f'"{pattern}"'))
    assert project.render(include=(pattern,)) == ""
    files = {entry.name for entry in list_project_files(project.folder, (), (pattern,))}
    assert files == {"app.py", name}


def test_suggested_folder_with_characters_of_a_pattern_is_escaped(project: Project) -> None:
    write_files(project.folder, {f"texts [1]/{number}.txt": "" for number in range(5)})
    project.write(app="import os\nfor name in os.listdir('texts [1]'): open(f'texts [1]/{name}').read()\n")
    assert project.render() == (
        unpackaged("app.py:2", "5 files in texts [1]", "them", ADD.format('"texts [[]1]/*"'))
    )
    assert project.render(include=("texts [[]1]/*",)) == ""


SECRET = (
    "if it is secret, read its content from Secrets Manager, or pass it to Terraform through "
    'app.variable("...", sensitive=True)'
)


@pytest.mark.parametrize(
    "name", ["service-account.pem", "keys/id.KEY", "secrets.json", "gcp_Credentials.json"]
)
def test_secret_file_belongs_into_a_sensitive_variable_or_secrets_manager(
    project: Project, name: str
) -> None:
    write_files(project.folder, {name: ""})
    project.write(app=f"open({name!r}).read()\n")
    assert project.render() == unpackaged("app.py:1", name, "it", SECRET)


def test_pattern_is_not_suggested_for_a_folder_with_a_secret(project: Project) -> None:
    names = [f"data/{number}.json" for number in range(4)]
    write_files(project.folder, dict.fromkeys((*names, "data/secret.json"), ""))
    project.write(app=f"for name in {[*names, 'data/secret.json']}: open(name).read()\n")
    assert project.render().splitlines() == [
        unpackaged("app.py:1", "data/secret.json", "it", SECRET),
        unpackaged("app.py:1", "4 files in data", "them", ADD.format(json.dumps(names)[1:-1])),
    ]


def test_files_of_a_repository_are_no_data_files(project: Project) -> None:
    write_files(project.folder, {".git/HEAD": "ref: refs/heads/main", ".git/refs/heads/main": ""})
    project.write(app="open('.git/HEAD').read()\nopen('.git/refs/heads/main').read()\n")
    assert project.render() == ""


def test_dotenv_file_belongs_into_the_configuration(project: Project) -> None:
    write_files(project.folder, {".env": "A=1"})
    project.write(app="open('.env').read()\n")
    assert project.render() == (
        unpackaged(
            "app.py:1", ".env", "it", "set its values in environment_variables in .chalice/config.json"
        )
    )


@pytest.mark.parametrize("path", ["'menu.db'", "pathlib.Path('menu.db')"])
def test_database_that_is_opened_is_a_data_file(project: Project, path: str) -> None:
    write_files(project.folder, {"menu.db": ""})
    project.write(app=f"import pathlib, sqlite3\nsqlite3.connect({path}).close()\n")
    assert project.render() == (
        unpackaged("app.py:2", "menu.db", "it", 'add "package_include": ["menu.db"] to .chalice/config.json')
    )


def test_files_that_are_packaged_written_missing_or_elsewhere_are_no_data_files(project: Project) -> None:
    write_files(project.folder, {"shop/menu.json": "[]", "domovoilib/x.json": "[]", "old.log": ""})
    write_files(project.folder.parent, {"elsewhere.json": ""})
    project.write(
        app="import os, shop\nfor name in ('shop/menu.json', 'domovoilib/x.json', '../elsewhere.json'):\n"
        "    open(name).read()\nopen('old.log', 'a').close()\nopen('new.log', 'w').close()\n"
        "os.close(os.open('old.log', os.O_WRONLY))\nopen('app.py').read()\n"
        "try: open('none.json')\nexcept OSError: ...\n",
        shop____init__="",
    )
    assert project.render() == ""


@pytest.mark.parametrize("file", ["src/shop/x.txt", "src/conf.json"])
def test_file_of_a_folder_on_the_path_is_found_at_its_path_in_the_project(
    project: Project, file: str
) -> None:
    project.write(
        app=f"{SRC}import shop\nTEXT = (pathlib.Path(__file__).parent / '{file}').read_text()\n",
        src__shop____init__="",
    )
    write_files(project.folder, {file: "text"})
    assert project.render() == unpackaged("app.py:4", file, "it", ADD.format(f'"{file}"'))
    assert project.render(include=(file,)) == ""
    assert project.run("import app; print(app.TEXT)", include=(file,)) == "text"


@pytest.mark.parametrize(
    ("app", "shop"),
    [
        ("import shop", "import pathlib\nTEXT = (pathlib.Path(__file__).parent / 'x.txt').read_text()\n"),
        (
            "import shop\nfrom importlib import resources\n(resources.files(shop) / 'x.txt').read_text()",
            "",
        ),
        ("import pkgutil, shop\npkgutil.get_data('shop', 'x.txt')", ""),
        ("import shop\nopen(shop.__path__[0] + '/x.txt').read()", ""),
    ],
    ids=["__file__", "resources", "pkgutil", "__path__"],
)
def test_file_beside_a_module_moves_with_it(project: Project, app: str, shop: str) -> None:
    project.write(app=f"{SRC}{app}\n", src__shop____init__=shop)
    write_files(project.folder, {"src/shop/x.txt": "text"})
    assert project.render() == ""
    assert project.run() == ""


def test_included_file_beside_a_module_of_a_folder_on_the_path_moves_with_it(project: Project) -> None:
    read = "import pathlib\nTEXT = (pathlib.Path(__file__).parent / 'conf.json').read_text()\n"
    project.write(app=f"{SRC}import prices\n", src__prices=read)
    write_files(project.folder, {"src/conf.json": "{}"})
    assert project.render() == unpackaged(
        "src/prices.py:2", "src/conf.json", "it", ADD.format('"src/conf.json"')
    )
    assert project.render(include=("src/conf.json",)) == ""
    assert project.run("import app, prices; print(prices.TEXT)", include=("src/conf.json",)) == "{}"


def test_included_module_does_not_hide_the_package_on_the_path(project: Project) -> None:
    project.write(app=f"{SRC}import shop.prices\n", src__shop____init__="", src__shop__prices="")
    assert project.run(include=("src/shop/__init__.py",)) == ""


def test_file_that_the_app_has_written_is_no_data_file(project: Project) -> None:
    project.write(
        app="import os, pathlib, sqlite3\nfolder = pathlib.Path('cache')\nfolder.mkdir(exist_ok=True)\n"
        "(folder / 'a.json').write_text('[]')\n(folder / 'a.json').read_text()\n"
        "(folder / 'b.tmp').write_text('[]')\nos.replace(folder / 'b.tmp', folder / 'b.json')\n"
        "(folder / 'b.json').read_text()\nwith open(folder / 'c', 'w+') as file: file.write('c')\n"
        "open(folder / 'c').read()\nsqlite3.connect(folder / 'd.db').close()\nopen(folder / 'd.db').read()\n"
    )
    assert project.render() == ""
