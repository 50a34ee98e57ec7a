"""Creates new projects from the files in ``templates/project`` and, on request, those of an example."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import jinja2

from domovoi_tf.errors import DomovoiError, WriteError
from domovoi_tf.settings import CONFIG, json_schema
from domovoi_tf.system import assets, atomic_files
from domovoi_tf.system.distribution.install_command import build_shared_requirement

STAGE = "dev"
#: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
MAX_FUNCTION_NAME_LENGTH = 64
_NAME = re.compile("[A-Za-z0-9_-]+")
#: Folders that are created when an example is tried out in place.
_GENERATED = ("terraform", "__pycache__", ".pytest_cache", ".terraform", ".domovoi-tf")
_SUFFIX = ".j2"
#: What pip installs in a workflow.
_REQUIREMENT = b"@REQUIREMENT@"
#: The schema is a file of the project, where editors find it without a network and without domovoi-tf.
_SCHEMA = f"{CONFIG.rpartition('/')[0]}/config.schema.json"


def find_name_problem(name: str) -> str:
    """Returns the reason why a project's name is not valid, or an empty string if it is."""
    if not _NAME.fullmatch(name):
        return f"{name!r} is not a valid project name. Use only letters, digits, - and _."
    function = f"{name}-{STAGE}"
    if len(function) > MAX_FUNCTION_NAME_LENGTH:
        return (
            f"the name of the function, {function!r}, would have {len(function)} characters, but Lambda "
            f"allows at most {MAX_FUNCTION_NAME_LENGTH}. Choose a shorter name."
        )
    return ""


def list_examples() -> dict[str, str]:
    """Returns the names of the examples, each with the first sentence of its ``app.py``."""
    apps = sorted(assets.find_examples().glob("*/app.py"))
    return {path.parent.name: _read_summary(path) for path in apps}


def create_project(folder: Path, template: str | None = None, ci: str | None = None) -> list[str]:
    """Creates a project atomically and returns the sorted paths of its files, relative to its folder.

    Args:
        folder: the project's folder, which must not exist. Its name becomes the name of the app.
        template: the name of an example (default: a project with one scheduled function).
        ci: the service that tests and deploys the project, one of `list_ci_services` (default: none).

    Raises:
        DomovoiError: there is no such example.
        WriteError: the folder exists already or cannot be written.
    """
    files = {**dict(_render_scaffold(folder.name)), _SCHEMA: json_schema.SHIPPED.read_bytes()}
    if template is not None:
        files |= _read_example(template, folder.name)
    if ci is not None:
        files |= _read_workflow(ci)
    try:
        atomic_files.create_folder(folder, files)
    except FileExistsError:
        raise WriteError(f"{folder} already exists.", "Choose another name, or move it away.") from None
    except OSError as error:
        raise WriteError(
            f"{folder} cannot be written: {error.strerror}.", "Make its parent folder writable."
        ) from None
    return sorted(files)


def list_ci_services() -> list[str]:
    """Returns the names of the services for which there is a workflow."""
    return sorted(path.name for path in (assets.find_templates() / "ci").iterdir())


def _read_workflow(service: str) -> dict[str, bytes]:
    """Returns the files of a workflow, which installs the same domovoi-tf as the one that runs."""
    requirement = json.dumps(build_shared_requirement()).encode()
    files = _read_files(assets.find_templates() / "ci" / service)
    return {path: content.replace(_REQUIREMENT, requirement) for path, content in files}


def _read_summary(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def _render_scaffold(name: str) -> Iterator[tuple[str, bytes]]:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - a valid name has no characters that JSON or Markdown interprets
    )
    for path, content in _read_files(assets.find_templates() / "project"):
        if path.endswith(_SUFFIX):
            content = environment.from_string(content.decode()).render(name=name).encode()
        yield path.removesuffix(_SUFFIX), content


def _read_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yields the relative path and the content of each file in a folder, except for generated files."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part in _GENERATED for part in relative.parts):
            yield relative.as_posix(), path.read_bytes()


def _read_example(template: str, name: str) -> dict[str, bytes]:
    examples = list_examples()
    if template not in examples:
        matches = get_close_matches(template, examples, 1)
        hint = f"Did you mean {matches[0]!r}? " if matches else ""
        raise DomovoiError(
            f"There is no template {template!r}.",
            f"{hint}The templates are {', '.join(examples)}. To see what they contain, run "
            "`domovoi-tf new-project --template list`.",
        )
    files = dict(_read_files(assets.find_examples() / template))
    return {**files, CONFIG: _adapt_configuration(files[CONFIG], name)}


def _adapt_configuration(content: bytes, name: str) -> bytes:
    """Returns an example's configuration for an app with another name.

    The state bucket is left out: names of buckets are globally unique, and this one belongs to the example.
    """
    config = json.loads(content)
    example = config["app_name"]
    tags = {key: name if value == example else value for key, value in config.get("tags", {}).items()}
    schema = {"$schema": f"./{Path(_SCHEMA).name}"}
    new_config = schema | config | {"app_name": name} | ({"tags": tags} if tags else {})
    for level in (new_config, *new_config.get("stages", {}).values()):
        level.pop("terraform", None)
    return f"{json.dumps(new_config, indent=2)}\n".encode()
