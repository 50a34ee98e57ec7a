"""Each event source kind has all its parts, renders its expected file and handles its example event."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from domovoi_tf import Domovoi
from domovoi_tf.app import EventSource
from domovoi_tf.model.trigger import Trigger
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.system import assets
from domovoi_tf.triggers import get_trigger_class, import_kind, list_kinds, list_resource_types

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KINDS = list_kinds()
#: The files of a kind here, and what each contains. `make golden` writes expected.tf.
FILES = {
    "app.py": "an app that uses every option of the decorator, ENVIRONMENT and expected(event)",
    "event.json": "an event as AWS sends it",
    "expected.tf": "run `make golden` and review the file",
}
#: Kinds without an app and an event fail one test, which names everything that they lack.
COMPLETE = [kind for kind in KINDS if all((HERE / kind / name).is_file() for name in list(FILES)[:2])]
#: The methods of `Trigger` that each kind defines.
METHODS = ("key", "subject", "describe", "event", "send")
FUNCTIONS = {"declare": "the decorator", "identify": "the keys of an event or of one record"}
#: Files that name each decorator: a pattern of the line, and the part to add.
MENTIONS = {
    "examples/every_source/app.py": (r"^@app\.{}\(", "a handler with @app.{}"),
    "README.md": (r"^\|.*\b{}\b", "a row for {} in the table of decorators"),
    "docs/guides/testing.md": (r"^\|.*\b{}\b", "a row for {} in the table of payloads"),
    "docs/reference/handler-events.md": (r"^## `{}`$", "a section ## `{}`"),
    "CHANGELOG.md": (r"\b{}\b", "a line about {}"),
}


@pytest.mark.parametrize("kind", COMPLETE)
def test_rendered_file_is_as_expected(
    kind: str,
    tmp_path: Path,
    rendered: Callable[..., tuple[RenderedFile, ...]],
    golden: Callable[[Path, str], None],
) -> None:
    files = {file.path: file.content for file in rendered(HERE / kind, tmp_path)}
    if get_trigger_class(kind).has_module:
        golden(HERE / kind / "expected.tf", files[f"app/{kind}.tf"].decode())
    else:
        assert f"app/{kind}.tf" not in files


@pytest.mark.parametrize("kind", COMPLETE)
def test_event_of_aws_reaches_its_handler(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(HERE / kind / "app.py")
    for name, value in module.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    event = json.loads((HERE / kind / "event.json").read_bytes())
    assert module.app(event, None) == module.expected(event)


@pytest.mark.parametrize("kind", KINDS)
def test_kind_has_all_its_parts(kind: str) -> None:
    parts = "\n".join(find_missing_parts(kind, import_kind(kind)))
    assert parts == "", f'see CONTRIBUTING.md, "Add an event source in six steps":\n{parts}'


def test_all_missing_parts_of_a_new_kind_are_named() -> None:
    assert list(find_missing_parts("teapot", ModuleType("teapot"))) == [
        'domovoi_tf/triggers/teapot.py: add a class derived from Trigger with kind = "teapot"',
        "domovoi_tf/triggers/teapot.py: define declare, the decorator",
        "domovoi_tf/triggers/teapot.py: define identify, the keys of an event or of one record",
        'domovoi_tf/app.py: add a line to Domovoi, such as teapot_handler = EventSource("teapot")',
        "templates/app/teapot.tf.j2: add the template",
        "modules/triggers/teapot/: add the module, or let the template call that of another kind",
        "tests/triggers/teapot/app.py: add an app that uses every option of the decorator, ENVIRONMENT and "
        "expected(event)",
        "tests/triggers/teapot/event.json: add an event as AWS sends it",
        "tests/triggers/teapot/expected.tf: run `make golden` and review the file",
        "examples/every_source/app.py: add a handler with @app.teapot",
        "README.md: add a row for teapot in the table of decorators",
        "docs/guides/testing.md: add a row for teapot in the table of payloads",
        "docs/reference/handler-events.md: add a section ## `teapot`",
        "CHANGELOG.md: add a line about teapot",
    ]


def test_missing_parts_of_a_module_of_a_kind_are_named() -> None:
    class Teapot(Trigger):
        kind = "teapot"

    module = ModuleType("teapot")
    vars(module).update(Teapot=Teapot, declare=len, identify=len)
    path = "domovoi_tf/triggers/teapot.py"
    assert list(check_module("teapot", module, event={"tea": 1})) == [
        *(f"{path}: define {name}() in Teapot" for name in ("key", "subject", "describe", "event", "send")),
        f"{path}: define unwrap(item), because event.json has no Records",
    ]
    assert len(list(check_module("teapot", module, event={"Records": []}))) == len(METHODS)


def test_kind_without_a_class_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "domovoi_tf.triggers.teapot", ModuleType("teapot"))
    with pytest.raises(LookupError) as raised:
        get_trigger_class("teapot")
    message = "domovoi_tf/triggers/teapot.py has no class derived from Trigger with kind = 'teapot'"
    assert str(raised.value) == message


def test_missing_parts_of_a_terraform_module_are_named(tmp_path: Path) -> None:
    resources = 'resource "aws_tea" "this" {}\n\nresource "aws_lambda_permission" "this" {\n'
    (tmp_path / "main.tf").write_text(f'{resources}  principal     = "tea.amazonaws.com"\n}}\n')
    (tmp_path / "README.md").write_text("# Teapots\n")
    assert list(check_resources("teapot", "modules/triggers/teapot", tmp_path, principals={""})) == [
        "modules/triggers/teapot/variables.tf: add the variables, typed and described",
        "modules/triggers/teapot/versions.tf: copy that of another kind",
        "modules/triggers/teapot/tests/teapot.tftest.hcl: add native tests, which run without AWS",
        "modules/triggers/teapot/README.md: add the lines <!-- inputs --> and <!-- /inputs -->, "
        "between which `make golden` writes the table",
        "domovoi_tf/triggers/teapot.py: return aws_tea from resource_types(); a new type stands in "
        "domovoi_tf/triggers/_shared/resources.py",
        'domovoi_tf/triggers/teapot.py: set principal = "tea.amazonaws.com" and define invoker() or source()',
    ]


def test_every_decorator_has_a_kind() -> None:
    kinds = {value.kind for value in vars(Domovoi).values() if isinstance(value, EventSource)}
    assert kinds <= set(KINDS), "there is no module in domovoi_tf/triggers/ for these kinds"


def find_missing_parts(kind: str, module: ModuleType) -> Iterator[str]:
    """Yields the parts that a kind lacks, each with its file, in the order of the six steps."""
    names = [name for name, value in vars(Domovoi).items() if getattr(value, "kind", None) == kind]
    event = HERE / kind / "event.json"
    yield from check_module(kind, module, json.loads(event.read_bytes()) if event.is_file() else None)
    if not names:
        yield f'domovoi_tf/app.py: add a line to Domovoi, such as {kind}_handler = EventSource("{kind}")'
    has_module = kind not in KINDS or get_trigger_class(kind).has_module
    if has_module:
        yield from check_template(kind, list_principals(kind) if names and kind in COMPLETE else None)
    for name, content in FILES.items():
        if (has_module or name != "expected.tf") and not (HERE / kind / name).is_file():
            yield f"tests/triggers/{kind}/{name}: {content if name == 'expected.tf' else f'add {content}'}"
    for path, (pattern, part) in MENTIONS.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        for name in names or [kind]:
            if not re.search(pattern.format(name), text, re.MULTILINE):
                yield f"{path}: add {part.format(name)}"


def check_module(kind: str, module: ModuleType, event: Any) -> Iterator[str]:
    """Yields the parts that a kind's module lacks."""
    path = f"domovoi_tf/triggers/{kind}.py"
    members = [value for value in vars(module).values() if isinstance(value, type)]
    classes = [value for value in members if issubclass(value, Trigger) and value.kind == kind]
    if not classes:
        yield f'{path}: add a class derived from Trigger with kind = "{kind}"'
    for name in METHODS:
        inherited = (each for each in classes if getattr(each, name) is getattr(Trigger, name))
        yield from (f"{path}: define {name}() in {each.__name__}" for each in inherited)
    for name, content in FUNCTIONS.items():
        if not hasattr(module, name):
            yield f"{path}: define {name}, {content}"
    if event is not None and "Records" not in event and not hasattr(module, "unwrap"):
        yield f"{path}: define unwrap(item), because event.json has no Records"


def check_template(kind: str, principals: set[str] | None) -> Iterator[str]:
    """Yields the parts that a kind's template and the modules that it calls lack."""
    path = f"templates/app/{kind}.tf.j2"
    if not (assets.find_templates().parent / path).is_file():
        yield f"{path}: add the template"
        yield f"modules/triggers/{kind}/: add the module, or let the template call that of another kind"
        return
    text = (assets.find_templates().parent / path).read_text(encoding="utf-8")
    called = re.findall(r'source = "./(modules/(?:triggers/)?\w+)"', text)
    if not called:
        yield f'{path}: call a module for each handler, such as "./modules/triggers/{kind}"'
    for module in dict.fromkeys(called):
        yield from check_resources(kind, module, assets.find_modules().parent / module, principals)


def check_resources(kind: str, name: str, folder: Path, principals: set[str] | None) -> Iterator[str]:
    """Yields the parts that a Terraform module lacks, and those that its resources need in the kind's module.

    Args:
        kind: the name of the kind.
        name: the path of the module in the project.
        folder: the folder of the module.
        principals: the principals of the kind's triggers, if they are known.
    """
    contents = {
        "main.tf": "add the resources",
        "variables.tf": "add the variables, typed and described",
        "versions.tf": "copy that of another kind",
        "README.md": "add a description and an example, and the lines <!-- inputs --> and <!-- /inputs -->, "
        "between which `make golden` writes the table",
    }
    yield from (f"{name}/{file}: {part}" for file, part in contents.items() if not (folder / file).is_file())
    if not any('\nrun "' in path.read_text(encoding="utf-8") for path in folder.glob("tests/*.tftest.hcl")):
        yield f"{name}/tests/{kind}.tftest.hcl: add native tests, which run without AWS"
    readme = folder / "README.md"
    if readme.is_file() and "<!-- inputs -->" not in readme.read_text(encoding="utf-8"):
        yield (
            f"{name}/README.md: add the lines <!-- inputs --> and <!-- /inputs -->, "
            "between which `make golden` writes the table"
        )
    main = folder / "main.tf"
    text = main.read_text(encoding="utf-8") if main.is_file() else ""
    path = f"domovoi_tf/triggers/{kind}.py"
    for resource in dict.fromkeys(re.findall(r'^resource "(\w+)"', text, re.MULTILINE)):
        if resource not in list_resource_types():
            yield (
                f"{path}: return {resource} from resource_types(); a new type stands in "
                "domovoi_tf/triggers/_shared/resources.py"
            )
    for principal in re.findall(r'^  principal += "(.*)"$', text, re.MULTILINE):
        if principals is not None and principal not in principals:
            yield f'{path}: set principal = "{principal}" and define invoker() or source()'


def list_principals(kind: str) -> set[str]:
    """Returns the principals of the triggers in a kind's app."""
    return {route.trigger.principal for route in load(HERE / kind / "app.py").app.freeze().routes}


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"app_of_{path.parent.name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
