"""The layout of the package: the order of its folders, and the sizes of folders, files and functions.

And the lines, links and lists of the documentation.
"""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from website.build import read_contents

from .test_imports import PACKAGE, get_module_name, list_imports, list_modules

#: A folder, or a module beside them, imports only from lines below its own.
ORDER = (
    ("__main__",),
    ("cli",),
    ("console", "dev"),
    ("state",),
    ("local", "rendering"),
    ("renames",),
    ("synthesis", "validation", "testing"),
    ("doctor",),
    ("plans", "state_machines", "operations", "recorder", "app"),
    ("settings", "packaging", "triggers"),
    ("hcl", "loading", "types"),
    ("terraform", "runtime"),
    ("model", "failures"),
    ("system", "errors"),
)
#: Importers that may look up, and the reason.
EXCEPTIONS = {
    ("", "app"): "users import the package: its face is the app, the errors and the names",
    ("", "model"): "users import the package: its face is the app, the errors and the names",
    ("", "runtime"): "users import the package: its face is the app, the errors and the names",
    ("", "errors"): "users import the package: its face is the app, the errors and the names",
}
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
LARGEST_FOLDER, LONGEST_MODULE, LONGEST_FUNCTION = 12, 300, 40
ROOT = PACKAGE.parent
#: What the docstring of a longer module gives as the reason.
REASON = "In one module, because"


def get_folder(module: str) -> str:
    """Returns the folder or module directly in the package; empty for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def test_every_folder_has_its_place_in_the_order() -> None:
    assert {get_folder(get_module_name(path)) for path in list_modules()} - {""} == LEVEL.keys()


@pytest.mark.parametrize("path", list_modules(), ids=get_module_name)
def test_a_folder_imports_only_folders_below_it(path: Path) -> None:
    own = get_folder(get_module_name(path))
    others = {get_folder(name) for name in list_imports(path) if name.split(".")[0] == "domovoi_tf"} - {
        "",
        own,
    }
    wrong = {
        name for name in others if (own, name) not in EXCEPTIONS and LEVEL[name] <= LEVEL.get(own, len(ORDER))
    }
    assert wrong == set(), (
        f"{get_module_name(path)} imports {sorted(wrong)}; the order is ORDER in {__file__}"
    )


def test_no_modules_import_one_another_in_a_circle() -> None:
    graph = {get_module_name(path): list_imports(path) - {"domovoi_tf"} for path in list_modules()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_every_folder_states_its_purpose() -> None:
    silent = [
        str(folder.relative_to(PACKAGE.parent))
        for folder in sorted({path.parent for path in list_modules()})
        if not ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    ]
    assert silent == [], "write two or three sentences into the __init__.py of these folders"


def test_folders_are_small() -> None:
    """Except the folder of kinds, which has a module for each kind."""
    counts = {
        str(folder.relative_to(PACKAGE)): len([*folder.glob("[!_]*.py")])
        for folder in {path.parent for path in list_modules()}
        if folder != PACKAGE / "triggers"
    }
    assert {name: count for name, count in counts.items() if count > LARGEST_FOLDER} == {}


def test_long_modules_give_a_reason() -> None:
    long = [path for path in list_modules() if len(path.read_text().splitlines()) > LONGEST_MODULE]
    silent = [get_module_name(path) for path in long if REASON not in (ast.get_docstring(parse(path)) or "")]
    assert silent == [], f"split these modules, or say in the docstring: {REASON} ..."


def test_functions_are_short() -> None:
    """Not counting signatures and docstrings: those of decorators are long because users read them."""
    long = {
        f"{get_module_name(path)}:{name} ({lines} lines)"
        for path in list_modules()
        for name, lines in measure_bodies(path)
    }
    assert {each for each in long if int(each.rpartition("(")[2].split()[0]) > LONGEST_FUNCTION} == set()


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def measure_bodies(path: Path) -> Iterator[tuple[str, int]]:
    """Yields the name of each function and the number of lines of its body."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git lists the files that links may lead to")
def test_links_lead_to_files_and_each_page_is_in_a_list() -> None:
    """`make docs` checks anchors too."""
    assert "\n".join(read_contents().errors) == ""
