"""The work of rendering grows as the app does, and modules are imported when they are needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import FrameType

import pytest

from domovoi_tf import settings
from domovoi_tf.hcl import alignment
from domovoi_tf.loading import loader
from domovoi_tf.rendering.output_tree import compare_tree, write_changes
from domovoi_tf.rendering.templates import render
from domovoi_tf.synthesis.addresses import list_addresses
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import find_warnings, validate

#: Each with a source that has a name, a source without one, and one with a queue and a key.
DECORATORS = (
    'app.sns_topic_subscriber("topic{n}", function=function)',
    'app.scheduled_function("rate(5 minutes)", function=function)',
    """app.sqs_queue_subscriber(
    "queue{n}", queue_attributes={{"KmsMasterKeyId": "alias/a"}}, function=function)""",
    'app.s3_event_handler("bucket{n}", ["s3:ObjectCreated:*"], function=function)',
)
#: Loads and renders an app, and prints the modules that were imported before and after the app.
SCRIPT = """
import json, sys
from domovoi_tf.loading import process
def start(*args, start=process._start_child):
    before.update(sys.modules)
    return start(*args)
before, process._start_child = set(), start
sys.argv[:] = ["domovoi-tf", *sys.argv[1:]]
try:
    __import__("domovoi_tf.cli").cli.main()
finally:
    print("\\n" + json.dumps([sorted(before), sorted(set(sys.modules) - before)]))
"""


def write_app(folder: Path, handlers: int) -> Path:
    lines = ["import domovoi_tf", "app = domovoi_tf.Domovoi()"]
    for number in range(handlers):
        if number % 20 == 0:
            lines.append(f'function = app.function("part{number}")')
        decorator = DECORATORS[number % len(DECORATORS)].format(n=number)
        lines += [f"@{decorator}", f"def handler{number}(event, context):", "    pass"]
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text("\n".join(lines))
    (folder / ".chalice" / "config.json").write_text(json.dumps({"app_name": "work"}))
    return folder


def count_calls(project: Path) -> int:
    """Returns how many functions are called to render an app again."""
    application, stage = loader.load(project), settings.load(project, "dev")
    calls = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    out = project / "terraform"
    for turn in range(2):
        sys.setprofile(count if turn else None)
        try:
            assert [*map(str, validate(application, stage))] == []
            find_warnings(application, stage)
            stack = synthesize(application, stage)
            files = render(stack, assets.find_templates(), assets.find_modules())
            changes = compare_tree(out, files, ["dev"], list_addresses(stack))
            write_changes(out, changes)
        finally:
            sys.setprofile(None)
    assert not changes.outdated
    return calls


def test_work_of_rendering_is_linear_in_handlers_and_functions(tmp_path: Path) -> None:
    small, large = (count_calls(write_app(tmp_path / str(size), size)) for size in (80, 320))
    assert large < 4.4 * small
    assert large < 320 * 5000


def test_lines_that_need_no_padding_are_not_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["a {", "  source = 1", "", "  b = 2", "}", "# text = 1"]
    monkeypatch.setattr(alignment, "max", None, raising=False)
    assert alignment.align("\n".join(lines)) == "\n".join(lines)


def list_imports(project: Path, *args: str) -> list[set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *args], cwd=project, capture_output=True, text=True, check=True
    )
    return [set(each) for each in json.loads(done.stdout.splitlines()[-1])]


def test_modules_that_the_app_does_not_need_are_imported_while_it_loads(tmp_path: Path) -> None:
    project = write_app(tmp_path / "app", 1)
    before, after = list_imports(project, "render")
    assert not before & {"jinja2", "domovoi_tf.validation.application", "domovoi_tf.synthesis.stack"}
    assert {"jinja2", "domovoi_tf.validation.application", "domovoi_tf.synthesis.stack"} <= after
    assert not (before | after) & {"msgspec", "boto3", "rich", "yaml", "domovoi_tf.packaging.build"}
    before, after = list_imports(project, "package")
    assert "domovoi_tf.packaging.build" in after
    assert not (before | after) & {"msgspec", "boto3", "rich", "yaml", "jinja2"}
