"""The mistakes that beginners make, each with everything that the command prints about it, word for word."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from domovoi_tf.cli import exit

HEAD = "from domovoi_tf import Domovoi\n\napp = Domovoi()\n\n\n"
GOOD = f'{HEAD}@app.sns_topic_subscriber("bartender")\ndef tend(event, context):\n    return 1\n'
CONFIG = ".chalice/config.json"


class Mistake(NamedTuple):
    """A mistake in the files of a project or in a command, with its output."""

    name: str
    files: dict[str, str | bytes]
    output: str
    command: tuple[str, ...] = ("render",)


MISTAKES = [
    Mistake(
        "config-trailing-comma",
        {
            ".chalice/config.json": (
                "{\n"
                '  "app_name": "bar",\n'
                "}\n"
            ),
        },
        (
            "Error: .chalice/config.json:2:20: this is not valid JSON: there is a comma "
            "after the last item.\n"
            "Remove the comma.\n"
        ),
    ),
    Mistake(
        "config-trailing-comma-list",
        {
            ".chalice/config.json": (
                "{\n"
                '  "app_name": "bar",\n'
                '  "subnet_ids": ["a",]\n'
                "}\n"
            ),
        },
        (
            "Error: .chalice/config.json:3:21: this is not valid JSON: there is a comma "
            "after the last item.\n"
            "Remove the comma.\n"
        ),
    ),
    Mistake(
        "config-bom",
        {
            ".chalice/config.json": b'\xef\xbb\xbf{\n  "app_name": "bar"\n}\n',
        },
        (
            ""
        ),
    ),
    Mistake(
        "config-utf16",
        {
            ".chalice/config.json": b'\xff\xfe{\x00}\x00',
        },
        (
            "Error: .chalice/config.json:1:1: this is UTF-16 text.\n"
            "Save the file as UTF-8.\n"
        ),
    ),
    Mistake(
        "config-latin1",
        {
            ".chalice/config.json": b'{"app_name": "b\xe4r"}',
        },
        (
            "Error: .chalice/config.json:1:16: this is not UTF-8 text: it has the byte 0xe4.\n"
            "Save the file as UTF-8.\n"
        ),
    ),
    Mistake(
        "config-comment",
        {
            ".chalice/config.json": (
                "{\n"
                "  // the name\n"
                '  "app_name": "bar"\n'
                "}\n"
            ),
        },
        (
            "Error: .chalice/config.json:2:3: this is not valid JSON: it contains a comment.\n"
            "Remove the comment: JSON has none.\n"
        ),
    ),
    Mistake(
        "config-single-quotes",
        {
            ".chalice/config.json": "{'app_name': 'bar'}",
        },
        (
            "Error: .chalice/config.json:1:2: this is not valid JSON: the key app_name is "
            "in single quotes.\n"
            'Write "app_name".\n'
        ),
    ),
    Mistake(
        "config-unquoted",
        {
            ".chalice/config.json": '{app_name: "bar"}',
        },
        (
            "Error: .chalice/config.json:1:2: this is not valid JSON: the key app_name has "
            "no quotes.\n"
            'Write "app_name".\n'
        ),
    ),
    Mistake(
        "config-missing-comma",
        {
            ".chalice/config.json": (
                "{\n"
                '  "app_name": "bar"\n'
                '  "tags": {}\n'
                "}\n"
            ),
        },
        (
            "Error: .chalice/config.json:2:20: this is not valid JSON: a comma is missing.\n"
            "Write a comma after the value that ends here.\n"
        ),
    ),
    Mistake(
        "config-missing-brace",
        {
            ".chalice/config.json": (
                "{\n"
                '  "app_name": "bar"\n'
            ),
        },
        (
            "Error: .chalice/config.json:2:20: this is not valid JSON: the { in line 1, "
            "column 1 is not closed.\n"
            "Write } at the end, or close it earlier.\n"
        ),
    ),
    Mistake(
        "config-empty",
        {
            ".chalice/config.json": "",
        },
        (
            "Error: .chalice/config.json:1:1: this is not valid JSON: it is empty.\n"
            "Write at least {}.\n"
        ),
    ),
    Mistake(
        "config-True",
        {
            ".chalice/config.json": '{"app_name": "bar", "xray": True}',
        },
        (
            "Error: .chalice/config.json:1:29: this is not valid JSON: True is not a value "
            "of JSON.\n"
            "Write true.\n"
        ),
    ),
    Mistake(
        "config-newline-in-string",
        {
            ".chalice/config.json": (
                '{"app_name": "bar\n'
                '"}'
            ),
        },
        (
            "Error: .chalice/config.json:1:18: this is not valid JSON: a string contains a "
            "line break.\n"
            'Write " at its end, or \\n for a line break.\n'
        ),
    ),
    Mistake(
        "config-smart-quotes",
        {
            ".chalice/config.json": "{“app_name”: “bar”}",
        },
        (
            "Error: .chalice/config.json:1:2: this is not valid JSON: “ is a typographic "
            "quotation mark.\n"
            'Write the straight one: "\n'
        ),
    ),
    Mistake(
        "policy-comma",
        {
            ".chalice/policy-dev.json": (
                '{"Version": "2012-10-17",\n'
                ' "Statement": [],}'
            ),
        },
        (
            "Error: .chalice/policy-dev.json:2:17: this is not valid JSON: there is a "
            "comma after the last item.\n"
            "Remove the comma.\n"
        ),
    ),
    Mistake(
        "policy-bom",
        {
            ".chalice/policy-dev.json": b'\xef\xbb\xbf{"Version": "2012-10-17",\n "Statement": []}',
        },
        (
            ""
        ),
    ),
    Mistake(
        "definition-comma",
        {
            "m.json": (
                '{"StartAt": "A",\n'
                ' "States": {"A": {"Type": "Pass", "End": true},}}'
            ),
            "app.py": HEAD + 'app.register_state_machine("m.json")\n',
        },
        (
            "Error: app.py:6: m.json: line 2, column 47: there is a comma after the last item\n"
            "    Remove the comma.\n"
        ),
    ),
    Mistake(
        "definition-bom",
        {
            "m.json": b'\xef\xbb\xbf{"StartAt": "A",\n "States": {"A": {"Type": "Pass", "End": true}}}',
            "app.py": HEAD + 'app.register_state_machine("m.json")\n',
        },
        (
            ""
        ),
    ),
    Mistake(
        "yaml-bom",
        {
            "m.yaml": b'\xef\xbb\xbfStartAt: A\nStates:\n  A: {Type: Pass, End: true}\n',
            "app.py": HEAD + 'app.register_state_machine("m.yaml")\n',
        },
        (
            ""
        ),
    ),
    Mistake(
        "yaml-tab",
        {
            "m.yaml": b'StartAt: A\nStates:\n\tA: {Type: Pass, End: true}\n',
            "app.py": HEAD + 'app.register_state_machine("m.yaml")\n',
        },
        (
            "Error: app.py:6: m.yaml: line 3, column 1: a tab indents this line\n"
            "    Indent it with spaces.\n"
        ),
    ),
    Mistake(
        "yaml-bad",
        {
            "m.yaml": b'StartAt: A\nStates:\n  A: {Type: Pass, End: true\n',
            "app.py": HEAD + 'app.register_state_machine("m.yaml")\n',
        },
        (
            "Error: app.py:6: m.yaml: line 4, column 1: this is not valid YAML: expected "
            "',' or '}', but got the end of the file while parsing a flow mapping of line 3\n"
            "    Correct the file.\n"
        ),
    ),
    Mistake(
        "event-nofile",
        {},
        (
            "Error: There is no file nofile.json in {project}.\n"
            'Pass the path of a JSON file, or JSON in single quotes, such as \'{"beer": 1}\' '
            'or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "nofile.json", "--local",),
    ),
    Mistake(
        "event-nofile-path",
        {},
        (
            "Error: There is no file events/order.json: there is no folder events.\n"
            'Pass the path of a JSON file, or JSON in single quotes, such as \'{"beer": 1}\' '
            'or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "events/order.json", "--local",),
    ),
    Mistake(
        "event-nofile-near",
        {
            "order.json": "{}",
        },
        (
            "Error: There is no file ordr.json in {project}.\n"
            "Did you mean order.json? Pass the path of a JSON file, or JSON in single "
            'quotes, such as \'{"beer": 1}\' or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "ordr.json", "--local",),
    ),
    Mistake(
        "event-folder",
        {
            "events/x.json": "{}",
        },
        (
            "Error: events is a folder.\n"
            "Pass the path of a JSON file in it.\n"
        ),
        ("invoke", "tend", "--event", "events", "--local",),
    ),
    Mistake(
        "event-at",
        {
            "order.json": "{}",
        },
        (
            "Error: There is no file @order.json.\n"
            "Write the path alone: order.json\n"
        ),
        ("invoke", "tend", "--event", "@order.json", "--local",),
    ),
    Mistake(
        "event-comma-file",
        {
            "order.json": (
                "{\n"
                ' "a": 1,\n'
                "}\n"
            ),
        },
        (
            "Error: order.json:2:8: this is not valid JSON: there is a comma after the "
            "last item.\n"
            "Remove the comma.\n"
        ),
        ("invoke", "tend", "--event", "order.json", "--local",),
    ),
    Mistake(
        "event-comma",
        {},
        (
            "Error: The payload is not valid JSON: column 8: there is a comma after the "
            "last item.\n"
            'Remove the comma. Put the whole in single quotes for the shell: \'{"beer": 1}\'\n'
        ),
        ("invoke", "tend", "--event", '{"a": 1,}', "--local",),
    ),
    Mistake(
        "event-shell",
        {},
        (
            "Error: The payload is not valid JSON: column 2: the key beer has no quotes.\n"
            'Write "beer". Put the whole in single quotes for the shell: \'{"beer": 1}\'\n'
        ),
        ("invoke", "tend", "--event", "{beer: 1}", "--local",),
    ),
    Mistake(
        "event-shell-split",
        {},
        (
            "Usage: domovoi-tf invoke [OPTIONS] HANDLER\n"
            "Try 'domovoi-tf invoke --help' for help.\n"
            "\n"
            "Error: Got unexpected extra argument (1})\n"
            'Put JSON in single quotes for the shell, such as \'{"beer": 1}\'.\n'
        ),
        ("invoke", "tend", "--event", "{beer:", "1}", "--local",),
    ),
    Mistake(
        "event-plain",
        {},
        (
            "Error: The payload is hello, which is not JSON or the name of a file.\n"
            'Pass the path of a JSON file, or JSON in single quotes, such as \'{"beer": 1}\' '
            'or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "hello", "--local",),
    ),
    Mistake(
        "event-empty",
        {},
        (
            "Error: The payload is empty.\n"
            'Pass the path of a JSON file, or JSON in single quotes, such as \'{"beer": 1}\' '
            'or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "", "--local",),
    ),
    Mistake(
        "send-comma",
        {},
        (
            "Error: The payload is not valid JSON: column 8: there is a comma after the "
            "last item.\n"
            'Remove the comma. Put the whole in single quotes for the shell: \'{"beer": 1}\'\n'
        ),
        ("local", "send", "tend", '{"a": 1,}',),
    ),
    Mistake(
        "send-nofile",
        {},
        (
            "Error: The payload is order.json, which is not JSON.\n"
            'Pass JSON in single quotes, such as \'{"beer": 1}\' or \'"hello"\'.\n'
        ),
        ("local", "send", "tend", "order.json",),
    ),
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=[each.name for each in MISTAKES])
def test_mistake_is_explained(
    mistake: Mistake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for path, content in {CONFIG: '{\n  "app_name": "bar"\n}\n', "app.py": GOOD, **mistake.files}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content.encode() if isinstance(content, str) else content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", [exit.PROGRAM, *mistake.command])
    code = exit.run()
    printed = capfd.readouterr()
    told = printed.err if code == 0 else printed.out + printed.err
    told = told.replace(sys.executable, "{python}").replace(str(tmp_path), "{project}")
    assert told == mistake.output
    assert (code == 0) is (not told or "Warning: " in told)
