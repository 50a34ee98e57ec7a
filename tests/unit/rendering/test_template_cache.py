"""The cache of compiled templates: when it is used, and that nothing in it can break a run."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from domovoi_tf.rendering import templates
from domovoi_tf.rendering.template_cache import TemplateCache


def make_environment(sources: Path, cache: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(sources), bytecode_cache=TemplateCache(cache), autoescape=True
    )


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "main.tf.j2").write_text("name = {{ name }}")
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def render(sources: Path, cache: Path) -> str:
    return make_environment(sources, cache).get_template("main.tf.j2").render(name="a")


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a template is compiled")

    monkeypatch.setattr(jinja2.Environment, "_generate", fail)


def test_template_is_compiled_once(sources: Path, cache: Path, request: pytest.FixtureRequest) -> None:
    assert render(sources, cache) == "name = a"
    (entry,) = cache.iterdir()
    assert entry.stat().st_mode & 0o777 == 0o600
    request.getfixturevalue("no_compiler")
    assert render(sources, cache) == "name = a"


def test_templates_of_another_installation_share_the_cache(
    sources: Path, cache: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    render(sources, cache)
    other = sources.rename(tmp_path / "other")
    request.getfixturevalue("no_compiler")
    assert render(other, cache) == "name = a"


def test_changed_template_is_compiled_again(sources: Path, cache: Path) -> None:
    render(sources, cache)
    (sources / "main.tf.j2").write_text("other = {{ name }}")
    assert render(sources, cache) == "other = a"
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("length", [0, 31, 32, 40, 60, 100, -1])
def test_damaged_file_is_replaced(sources: Path, cache: Path, length: int) -> None:
    render(sources, cache)
    (entry,) = cache.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(whole[:length])
    assert render(sources, cache) == "name = a"
    assert entry.read_bytes() == whole
    entry.write_bytes(whole[:-1] + b"?")
    assert render(sources, cache) == "name = a"
    assert entry.read_bytes() == whole


def test_cache_that_cannot_be_read_or_written_is_no_error(sources: Path, cache: Path) -> None:
    render(sources, cache)
    (entry,) = cache.iterdir()
    entry.unlink()
    entry.mkdir()
    assert render(sources, cache) == "name = a"


def test_rendering_uses_the_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path))
    source = Path(__file__).parents[3] / "templates"
    first = templates.render_backend(None, source)
    assert len(list(tmp_path.glob("templates/*/*"))) == 1
    monkeypatch.setenv("DOMOVOI_TF_HOME", "/dev/null")
    assert templates.render_backend(None, source) == first
