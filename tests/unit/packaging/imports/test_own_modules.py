"""Lambda imports the same files of the project that were read, or rendering is refused."""

from __future__ import annotations

import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documentation.pages import quote_block
from package_index import PURE, make_source, write_files

import domovoi_tf
from domovoi_tf.loading.recording.records import ImportedModule, ReadApplication
from domovoi_tf.packaging.contents import list_project_files, list_runtime_files
from domovoi_tf.packaging.imports.own_modules import check_own_modules
from domovoi_tf.packaging.imports.package import PackagedFiles
from domovoi_tf.packaging.target import Target
from domovoi_tf.synthesis.app_module import find_package_kinds

from .conftest import SRC, Project, include, missing, unpackaged

TYPES = Path(domovoi_tf.__file__).parent / "types"
DYNAMIC = "import importlib\nimportlib.import_module('handlers.billing')\n"
MISSING = missing("app.py:2", "handlers.billing", "handlers/billing.py", include("handlers"))


def test_app_without_other_modules_has_no_problem(project: Project) -> None:
    assert project.render() == ""
    assert project.run() == ""


def test_module_that_no_statement_imports_is_refused_and_the_remedy_works(project: Project) -> None:
    project.write(app=DYNAMIC, handlers__billing="")
    assert project.render() == MISSING
    assert project.fail() == MISSING
    assert project.render(include=("handlers",)) == ""
    assert project.run(include=("handlers",)) == ""


def test_package_of_a_module_that_no_statement_imports_is_refused(project: Project) -> None:
    project.write(app=DYNAMIC, handlers____init__="", handlers__billing="")
    package = missing("app.py:2", "handlers", "handlers/__init__.py", include("handlers"))
    assert project.render() == f"{package}\n{MISSING}"
    assert project.run(include=("handlers",)) == ""


def test_package_that_only_its_resources_use_is_refused(project: Project) -> None:
    project.write(app="from importlib import resources\nresources.files('queries')\n", queries____init__="")
    assert project.render() == (missing("app.py:2", "queries", "queries/__init__.py", include("queries")))


def test_chain_of_imports_leads_from_the_app_to_the_module(project: Project) -> None:
    project.write(
        app="\nimport registry\n",
        registry="import importlib\ndef load():\n    importlib.import_module('bills')\nload()\n",
        bills="",
    )
    assert project.render() == (
        missing(
            "registry.py:3",
            "bills",
            "bills.py",
            include("bills.py"),
            " (imported through app.py:2 -> registry.py:3)",
        )
    )


def test_modules_with_names_of_tests_are_packaged_if_an_import_names_them(project: Project) -> None:
    project.write(
        app="from shop.load_test import run\nfrom shop.tests.fixtures import PRICES\nTOTAL = run(PRICES)\n",
        shop____init__="",
        shop__load_test="def run(prices): return sum(prices)\n",
        shop__tests____init__="",
        shop__tests__fixtures="from . import conftest\nPRICES = [1]\n",
        shop__tests__conftest="",
        shop__tests__test_shop="raise SystemExit\n",
    )
    assert project.render() == ""
    assert project.run("import app; print(app.TOTAL)") == "1"
    files = [entry.name for entry in list_project_files(project.folder) if entry.name.startswith("shop/t")]
    assert sorted(files) == ["shop/tests/__init__.py", "shop/tests/conftest.py", "shop/tests/fixtures.py"]


def test_module_with_the_name_of_a_test_in_the_package_app_is_packaged(project: Project) -> None:
    (project.folder / "app.py").rename(project.folder / "old.py")
    text = (project.folder / "old.py").read_text()
    project.write(app____init__=f"from.import stress_test\nfrom.billing import *\n{text}")
    project.write(app__stress_test="", app__billing="")
    assert project.render() == ""
    assert project.run() == ""


def test_modules_of_a_folder_on_the_path_are_packaged(project: Project) -> None:
    project.write(
        app=f"{SRC}import shop.prices\n", src__shop____init__="", src__shop__prices="from . import x"
    )
    project.write(src__shop__x="")
    assert project.render() == ""
    assert project.run("import app, shop.x; print(shop.x.__name__)") == "shop.x"


def test_included_files_of_a_folder_on_the_path_are_found_too(project: Project) -> None:
    project.write(
        app=f"{SRC}import importlib\nimportlib.import_module('shop.prices')\n", src__shop__prices=""
    )
    assert project.render() == (missing("app.py:4", "shop.prices", "src/shop/prices.py", include("src/shop")))
    assert project.run(include=("src/shop",)) == ""


@pytest.fixture
def editable(project: Project) -> str:
    """Returns the Python of a virtual environment in which the project is installed editable."""
    venv = project.folder / ".venv"
    uv = str(Path(sys.executable).parent / "uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "shop.pth").write_text(f"{project.folder / 'src'}\n")
    write_files(site, {"installed_too.py": ""})
    return str(venv / "bin" / "python")


def test_editable_install_of_the_project_is_packaged(project: Project, editable: str) -> None:
    project.write(app="import shop.prices, domovoi_tf\n", src__shop____init__="", src__shop__prices="")
    assert project.render(editable) == ""
    package = project.package(editable)
    assert [part.name for part in package.zip.parts] == ["the domovoi-tf runtime", "app.py", "shop"]


def test_editable_install_through_a_symbolic_link_is_packaged(project: Project, editable: str) -> None:
    project.write(
        app="import importlib, shop\nshop.load()\n",
        src__shop____init__="import pathlib\ndef load():\n"
        "    importlib.import_module('shop.x')\n    (pathlib.Path(__file__).parent / 'x.txt').read_text()\n"
        "import importlib\n",
        src__shop__x="",
    )
    write_files(project.folder, {"src/shop/x.txt": "", "src/rates.py": ""})
    link = project.folder.parent / "link"
    link.symlink_to(project.folder)
    (path,) = project.folder.glob(".venv/lib/python*/site-packages/shop.pth")
    path.write_text(f"{link / 'src'}\n")
    assert project.render(editable) == ""
    project.write(app="import importlib, shop\nimportlib.import_module('rates')\n")
    assert project.render(editable) == missing("app.py:2", "rates", "src/rates.py", include("src/rates.py"))
    package = project.package(editable, include=("src/rates.py",))
    assert [part.name for part in package.zip.parts] == [
        "the domovoi-tf runtime",
        "app.py",
        "shop",
        "rates.py",
        "src",
    ]


def test_packages_in_a_virtual_environment_of_the_project_are_dependencies(
    project: Project, editable: str
) -> None:
    project.write(app="import installed_too\n")
    assert project.render(editable) == ""
    assert project.fail(editable).startswith(
        "app.py:1: neither the package nor Lambda's runtime contains the module installed_too, which is "
        "imported here: the project lists no dependencies\n    It was read from "
    )


def test_local_package_that_is_also_a_dependency_has_one_origin(project: Project) -> None:
    write_files(
        project.folder,
        {
            "requirements.txt": "./libs/common\n",
            **{f"libs/common/{name}": text for name, text in make_source("common", "1.0", PURE).items()},
        },
    )
    pyproject = project.folder / "libs" / "common" / "pyproject.toml"
    pyproject.write_text(f'{pyproject.read_text()}[project]\nname = "common"\nversion = "1.0"\n')
    path = SRC.replace("'src'", "'libs' / 'common'")
    project.write(app=f"{path}import common\n")
    assert project.render() == ""
    assert "common 1.0" in [part.name for part in project.package().zip.parts]


def test_module_that_was_loaded_from_a_path_must_be_packaged(project: Project) -> None:
    load = (
        "import importlib.util, sys\n"
        "spec = importlib.util.spec_from_file_location('plugin', 'plugins/x.py')\n"
        "sys.modules['plugin'] = importlib.util.module_from_spec(spec)\n"
    )
    project.write(app=load, plugins__x="")
    assert project.render() == (missing("app.py", "plugin", "plugins/x.py", include("plugins/x.py")))
    assert project.render(include=("plugins/*.py",)) == ""


PLUGINS = """
import importlib.util, pathlib, runpy, sys
from domovoi_tf import Domovoi
names = []
for path in sorted((pathlib.Path(__file__).parent / "handlers").glob("*.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    names.append(module.NAME)
"""


def test_loaded_plugins_keep_their_folder_in_the_package(project: Project) -> None:
    project.write(app=PLUGINS, handlers__billing="NAME = 'billing'\n")
    assert project.render() == missing(
        "app.py:9", "billing", "handlers/billing.py", include("handlers/billing.py")
    )
    assert project.render(include=("handlers/billing.py",)) == ""
    assert project.run("import app; print(app.names)", include=("handlers/billing.py",)) == "['billing']"


def test_plugins_of_a_folder_on_the_path_keep_it_too(project: Project) -> None:
    app = PLUGINS.replace('"handlers"', '"src" / "plugins"')
    project.write(app=f"{SRC}import shop\n{app}", src__plugins__x="NAME = 'x'\n", src__shop____init__="")
    assert project.render() == missing("app.py:12", "x", "src/plugins/x.py", include("src/plugins/x.py"))
    assert project.render(include=("src/plugins/x.py",)) == ""
    assert project.run("import app; print(app.names)", include=("src/plugins/x.py",)) == "['x']"


def test_module_that_a_package_loads_from_its_folder_is_packaged_with_it(project: Project) -> None:
    load = PLUGINS.replace(' / "handlers"', "").replace('"*.py"', '"x.py"')
    project.write(app=f"{SRC}import shop\n", src__shop____init__=load, src__shop__x="NAME = 'x'\n")
    assert project.render() == ""
    assert project.run("import shop; print(shop.names)") == "['x']"


def test_editable_install_with_a_finder_is_packaged(project: Project, editable: str) -> None:
    (path,) = project.folder.glob(".venv/lib/python*/site-packages/shop.pth")
    path.write_text("import shop_finder\n")
    finder = (
        "import sys\nfrom importlib.util import spec_from_file_location\nclass Finder:\n"
        "    def find_spec(name, path=None, target=None):\n        if name == 'shop':\n"
        f"            folder = {str(project.folder / 'src' / 'shop')!r}\n"
        "            return spec_from_file_location(\n"
        "                name, folder + '/__init__.py', submodule_search_locations=[folder]\n            )\n"
        "sys.meta_path.append(Finder)\n"
    )
    path.with_name("shop_finder.py").write_text(finder)
    project.write(app="import shop.prices\n", src__shop____init__="", src__shop__prices="")
    assert project.render(editable) == ""
    package = project.package(editable)
    assert [part.name for part in package.zip.parts] == ["the domovoi-tf runtime", "app.py", "shop"]


UNKNOWN = PLUGINS.replace("    sys.modules[path.stem] = module\n", "").replace(
    "names.append(module.NAME)", "module.register(app)"
)
BILLING = "def register(app):\n    @app.sns_topic_subscriber('bills')\n    def bill(event, context): ...\n"


@pytest.mark.parametrize("is_compiled", [False, True])
def test_plugin_that_defines_handlers_must_be_packaged(project: Project, is_compiled: bool) -> None:
    write_files(project.folder, {"handlers/billing.py": BILLING, "app.py": _define_before(UNKNOWN)})
    if is_compiled:
        py_compile.compile(str(project.folder / "handlers" / "billing.py"))
    assert project.render() == (
        "app.py:8: the package does not contain handlers/billing.py, which is run here and defines handlers\n"
        '    Write an import statement for it, or add "package_include": ["handlers/billing.py"] to '
        ".chalice/config.json."
    )
    assert project.fail() == project.render()
    assert project.render(include=("handlers/billing.py",)) == ""
    handlers = "import app; print([each.route.handler for each in app.app._declared])"
    assert project.run(handlers, include=("handlers/billing.py",)) == "['bill']"


def _define_before(code: str) -> str:
    return code.replace("names = []", "app = Domovoi()")


@pytest.mark.parametrize("file", ["rules.py", "secret_rules.py"])
@pytest.mark.parametrize("call", ["runpy.run_path('{}')", "exec(pathlib.Path('{}').read_text())"])
def test_file_that_is_run_without_an_import_is_a_warning(project: Project, call: str, file: str) -> None:
    write_files(project.folder, {file: "RULES = []"})
    project.write(app=f"import pathlib, runpy\n{call.format(file)}\n")
    remedy = f'add "package_include": ["{file}"] to .chalice/config.json'
    assert project.render() == unpackaged("app.py:2", file, "it", remedy)
    assert project.render(include=(file,)) == ""
    assert project.run(include=(file,)) == ""


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize("file", ["vendor/fast.py", "src/fast.py"])
def test_module_that_could_not_be_imported_is_no_data_file(
    project: Project, file: str, is_compiled: bool
) -> None:
    project.write(app=f"{SRC}import rates\ntry: import fast\nexcept ImportError: ...\n", src__rates="")
    write_files(project.folder, {file: "import nowhere"})
    if is_compiled:
        py_compile.compile(str(project.folder / file))
    assert project.render() == ""
    assert project.run() == ""


def test_bytecode_without_source_is_refused(project: Project) -> None:
    project.write(app="import closed\n", vendor__closed="")
    source = project.folder / "vendor" / "closed.py"
    py_compile.compile(str(source), str(source.with_suffix(".pyc")))
    source.unlink()
    assert project.render() == (
        missing(
            "app.py:1",
            "closed",
            "vendor/closed.pyc",
            "It has no source, and bytecode is not packaged. Add its source, or list a wheel that has it.",
        )
    )


@pytest.mark.parametrize(
    ("file", "remedy"),
    [
        (
            "fast.cpython-313-darwin.so",
            "It is compiled for this machine. Build a wheel of it for Python 3.13 on x86_64, and list the "
            "wheel in requirements.txt.",
        ),
        (
            "fast.cpython-313-x86_64-linux-gnu.so",
            'Write an import statement for it, or add "package_include": '
            '["fast.cpython-313-x86_64-linux-gnu.so"] to .chalice/config.json.',
        ),
    ],
)
def test_compiled_module_is_refused_unless_it_is_packaged_for_the_target(
    project: Project, file: str, remedy: str
) -> None:
    path = project.folder / file
    path.write_text("")
    module = ImportedModule(name="fast", file=str(path), frames=((str(project.folder / "app.py"), 3),))
    read = ReadApplication(functions=(), routes=(), modules=(module,))

    def check(include: tuple[str, ...]) -> list[str]:
        own = list_project_files(project.folder, (), include)
        package = PackagedFiles(project=project.folder, own=own, target=Target())
        return [str(problem) for problem in check_own_modules(read, package)]

    problem = f"app.py:3: the package does not contain the module fast ({file}), which is imported here\n    "
    assert check(()) == [f"{problem}{remedy}"]
    assert check(("*.so",)) == ([f"{problem}{remedy}"] if "darwin" in file else [])


def test_excluded_module_is_refused_unless_the_app_can_do_without_it(project: Project) -> None:
    project.write(app="import local\n", local="")
    assert project.render(excluded=("local.py",)) == (
        missing(
            "app.py:1",
            "local",
            "local.py",
            "Remove the pattern 'local.py' from package_exclude in .chalice/config.json, or from --exclude.",
        )
    )
    project.write(app="try:\n    import local\nexcept ImportError: ...\n")
    assert project.render(excluded=("local.py",)) == ""


def test_test_client_is_not_part_of_the_runtime(project: Project) -> None:
    project.write(app="from domovoi_tf.testing import Client\n")
    assert project.render() == (
        "app.py:1: the package does not contain the module domovoi_tf.testing, which is imported here\n"
        "    Import it in tests only: the package contains the runtime of domovoi-tf, and neither its "
        "command line nor its test client."
    )
    project.write(app="from domovoi_tf.errors import DispatchError\n")
    assert project.render() == ""


def test_types_are_packaged_only_if_the_app_imports_them_in_lambda_too(project: Project) -> None:
    project.write(app="from domovoi_tf.types import Context, SQSEvent\ndef work(e: SQSEvent): ...\n")
    assert project.render() == ""
    runtime = list_runtime_files(find_package_kinds(project.read()))
    assert {name for name in runtime if "/types/" in name} == {
        path.relative_to(TYPES.parents[1]).as_posix() for path in TYPES.glob("*.py")
    }
    folder = project.folder.parent / "task"
    write_files(folder, {name: source.decode() for name, source in runtime.items()})
    shutil.copy(project.folder / "app.py", folder)
    code = "import app, typing; print(typing.get_type_hints(app.work)['e'].__required_keys__)"
    done = subprocess.check_output([sys.executable, "-S", "-c", code], cwd=folder, text=True)
    assert done == "frozenset({'Records'})\n"
    project.write(app="TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from domovoi_tf.types import Context\n")
    assert project.render() == ""
    runtime = list_runtime_files(find_package_kinds(project.read()))
    assert [name for name in runtime if "types" in name] == []


def test_vendored_package_that_hides_a_module_is_refused(project: Project) -> None:
    project.write(app="import utils\n", utils="WHO = 'the project'\n", vendor__utils____init__="")
    assert project.render() == (
        "app.py:1: Lambda would import utils from vendor/utils/__init__.py, and not from utils.py\n"
        "    Rename utils.py, or leave the other file out with package_exclude in .chalice/config.json."
    )
    assert project.render(excluded=("utils/__init__.py",)) == ""
    assert project.run("import app, utils; print(utils.WHO)", exclude=("utils/__init__.py",)) == "the project"


def test_hidden_module_is_refused_before_a_handler_imports_it(project: Project) -> None:
    project.write(app="def pour():\n    from shop import utils\n", shop__utils="", vendor__shop____init__="")
    project.write(vendor__shop__utils="WHO = 'vendor'\n")
    (project.folder / "shop" / "utils.py").write_text("WHO = 'the project'\n")
    (project.folder / "vendor" / "shop" / "utils.py").rename(project.folder / "vendor" / "shop" / "utils.pyi")
    (project.folder / "vendor" / "shop" / "utils").mkdir()
    (project.folder / "vendor" / "shop" / "utils" / "__init__.py").write_text("WHO = 'vendor'\n")
    assert project.render() == (
        "shop/utils.py:1: Lambda would import shop.utils from vendor/shop/utils/__init__.py, and not from "
        "shop/utils.py\n"
        "    Rename shop/utils.py, or leave the other file out with package_exclude in .chalice/config.json."
    )


def test_pattern_that_includes_nothing_is_a_problem(project: Project) -> None:
    assert project.render(include=("data/*.json",)) == (
        ".chalice/config.json: the pattern 'data/*.json' in package_include matches no file of the project\n"
        "    Correct or remove it."
    )


def test_page_quotes_the_problem_of_an_own_module(project: Project) -> None:
    quoted = quote_block("docs/guides/package.md", "Error: app.py:8")
    project.write(app="\n" * 6 + DYNAMIC, handlers__billing="")
    assert f"Error: {project.render()}\n" == quoted
