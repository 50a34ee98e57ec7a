"""Each event source kind renders its expected file and handles its example event."""

from __future__ import annotations

import importlib.util
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from domovoi_tf import Domovoi, triggers
from domovoi_tf.app import EventSource
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.system import assets

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
KINDS = sorted(m.name for m in pkgutil.iter_modules(triggers.__path__) if not m.name.startswith("_"))


@pytest.mark.parametrize("kind", KINDS)
def test_rendered_file_is_as_expected(
    kind: str,
    tmp_path: Path,
    rendered: Callable[..., tuple[RenderedFile, ...]],
    golden: Callable[[Path, str], None],
) -> None:
    files = {file.path: file.content for file in rendered(HERE / kind, tmp_path)}
    golden(HERE / kind / "expected.tf", files[f"app/{kind}.tf"].decode())


@pytest.mark.parametrize("kind", KINDS)
def test_event_of_aws_reaches_its_handler(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(HERE / kind / "app.py")
    for name, value in module.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    event = json.loads((HERE / kind / "event.json").read_bytes())
    assert module.app(event, None) == module.expected(event)


@pytest.mark.parametrize("kind", KINDS)
def test_kind_has_all_its_parts(kind: str) -> None:
    assert list(find_missing_parts(kind)) == []


def test_all_missing_parts_of_a_new_kind_are_named() -> None:
    assert list(find_missing_parts("teapot")) == [
        "a line in the table of decorators in domovoi_tf/app.py",
        "templates/app/teapot.tf.j2",
        "a module in modules/ that templates/app/teapot.tf.j2 calls",
        "tests/triggers/teapot/app.py",
        "tests/triggers/teapot/event.json",
        "tests/triggers/teapot/expected.tf",
        "a row for teapot in README.md's table of decorators",
    ]


def test_every_decorator_has_a_kind() -> None:
    kinds = {value.kind for value in vars(Domovoi).values() if isinstance(value, EventSource)}
    assert kinds == set(KINDS)


def list_decorators(kind: str) -> list[str]:
    return [name for name, value in vars(Domovoi).items() if getattr(value, "kind", None) == kind]


def find_missing_parts(kind: str) -> Iterator[str]:
    """Yields the parts that a kind must have and lacks."""
    names = list_decorators(kind)
    if not names:
        yield "a line in the table of decorators in domovoi_tf/app.py"
    template = assets.find_templates() / "app" / f"{kind}.tf.j2"
    if not template.is_file():
        yield f"templates/app/{kind}.tf.j2"
    text = template.read_text(encoding="utf-8") if template.is_file() else ""
    called = re.findall(r'source = "./modules/((?:triggers/)?\w+)"', text)
    if not any((assets.find_modules() / name / "main.tf").is_file() for name in called):
        yield f"a module in modules/ that templates/app/{kind}.tf.j2 calls"
    for name in ("app.py", "event.json", "expected.tf"):
        if not (HERE / kind / name).is_file():
            yield f"tests/triggers/{kind}/{name}"
    rows = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    for name in names or [kind]:
        if not any(name in row for row in rows):
            yield f"a row for {name} in README.md's table of decorators"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"app_of_{path.parent.name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
