"""Each event source kind, from its folder: the whole rendered file, and an event as AWS sends it."""

from __future__ import annotations

import importlib.util
import json
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from domovoi_tf import Domovoi, assets, triggers
from domovoi_tf.app import EventSource
from domovoi_tf.render import RenderedFile

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
KINDS = sorted(module.name for module in pkgutil.iter_modules(triggers.__path__))


@pytest.mark.parametrize("kind", KINDS)
def test_the_rendered_file_is_as_expected(
    kind: str,
    tmp_path: Path,
    rendered: Callable[..., tuple[RenderedFile, ...]],
    golden: Callable[[Path, str], None],
) -> None:
    files = {file.path: file.content for file in rendered(HERE / kind, tmp_path)}
    golden(HERE / kind / "expected.tf", files[f"app/{kind}.tf"].decode())


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_as_aws_sends_it_reaches_its_handler(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(HERE / kind / "app.py")
    for name, value in module.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    event = json.loads((HERE / kind / "event.json").read_bytes())
    assert module.app(event, None) == module.expected(event)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_all_its_parts(kind: str) -> None:
    assert list(missing(kind)) == []


def test_all_that_a_new_kind_lacks_is_named() -> None:
    assert list(missing("teapot")) == [
        "a line in the table of decorators in domovoi_tf/app.py",
        "templates/app/teapot.tf.j2",
        "modules/triggers/teapot/",
        "tests/triggers/teapot/app.py",
        "tests/triggers/teapot/event.json",
        "tests/triggers/teapot/expected.tf",
        "a row for teapot in README.md's table of decorators",
    ]


def test_every_decorator_is_of_a_kind() -> None:
    kinds = {value.kind for value in vars(Domovoi).values() if isinstance(value, EventSource)}
    assert kinds == set(KINDS)


def decorators(kind: str) -> list[str]:
    return [name for name, value in vars(Domovoi).items() if getattr(value, "kind", None) == kind]


def missing(kind: str) -> Iterator[str]:
    """Yields what a new kind has to have and has not."""
    names = decorators(kind)
    if not names:
        yield "a line in the table of decorators in domovoi_tf/app.py"
    if not (assets.templates() / "app" / f"{kind}.tf.j2").is_file():
        yield f"templates/app/{kind}.tf.j2"
    if not (assets.modules() / "triggers" / kind / "main.tf").is_file():
        yield f"modules/triggers/{kind}/"
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
