"""New projects: which files one begins with. From the scaffold alone, or with an example's files in it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import jinja2

from domovoi_tf.errors import DomovoiError, WriteError
from domovoi_tf.settings import CONFIG
from domovoi_tf.system import assets, atomic_files

STAGE = "dev"
#: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
LONGEST_FUNCTION_NAME = 64
_NAME = re.compile("[A-Za-z0-9_-]+")
#: What an example's folder has where somebody tried it out.
_MADE = ("terraform", "__pycache__", ".pytest_cache", ".terraform")
_SUFFIX = ".j2"


def wrong_name(name: str) -> str:
    """Returns what is wrong with a project's name, empty where nothing is."""
    if not _NAME.fullmatch(name):
        return f"{name!r} may have letters, digits, - and _ only."
    function = f"{name}-{STAGE}"
    if len(function) > LONGEST_FUNCTION_NAME:
        return (
            f"the function's name {function!r} would have {len(function)} characters; "
            f"Lambda takes at most {LONGEST_FUNCTION_NAME}."
        )
    return ""


def examples() -> dict[str, str]:
    """Returns the examples that a project can begin with, by name, each in a sentence: that of its app.py."""
    apps = sorted(assets.find_examples().glob("*/app.py"))
    return {path.parent.name: _sentence(path) for path in apps}


def create(folder: Path, template: str | None = None) -> list[str]:
    """Writes a new project, whole or not at all, and returns its files' paths in it.

    Args:
        folder: the project's folder, which does not exist yet; its name is the app's.
        template: the name of an example; a schedule alone if missing.

    Raises:
        DomovoiError: there is no such example.
        WriteError: the folder exists already, or cannot be written.
    """
    files = dict(_scaffold(folder.name))
    if template is not None:
        files |= _example(template, folder.name)
    try:
        atomic_files.create_folder(folder, files)
    except FileExistsError:
        raise WriteError(f"{folder} exists already.", "Choose another name, or move it away.") from None
    except OSError as error:
        raise WriteError(
            f"{folder} cannot be written: {error.strerror}.", "Make the folder above it writable."
        ) from None
    return sorted(files)


def _sentence(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def _scaffold(name: str) -> Iterator[tuple[str, bytes]]:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - a valid name has nothing that JSON or Markdown would read
    )
    for path, content in _files(assets.find_templates() / "project"):
        if path.endswith(_SUFFIX):
            content = environment.from_string(content.decode()).render(name=name).encode()
        yield path.removesuffix(_SUFFIX), content


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yields the files of a folder by their paths in it, without what running the app has made."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not any(part in _MADE for part in inside.parts):
            yield inside.as_posix(), path.read_bytes()


def _example(template: str, name: str) -> dict[str, bytes]:
    known = examples()
    if template not in known:
        near = get_close_matches(template, known, 1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise DomovoiError(
            f"There is no template {template!r}.",
            f"{hint}There are: {', '.join(known)}; `domovoi-tf new-project --template list` describes them.",
        )
    files = dict(_files(assets.find_examples() / template))
    return {**files, CONFIG: _configuration(files[CONFIG], name)}


def _configuration(content: bytes, name: str) -> bytes:
    """Returns an example's configuration for an app of another name.

    Its state bucket is left out: buckets' names are the whole world's, and that one is the example's.
    """
    config = json.loads(content)
    example = config["app_name"]
    tags = {key: name if value == example else value for key, value in config.get("tags", {}).items()}
    changed = config | {"app_name": name} | ({"tags": tags} if tags else {})
    changed.pop("terraform", None)
    return f"{json.dumps(changed, indent=2)}\n".encode()
