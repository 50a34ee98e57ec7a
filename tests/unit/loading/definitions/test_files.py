"""Definitions in files: which files are read, and what makes one invalid, too large or too deep."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.errors import SettingsError
from domovoi_tf.loading.definitions import yaml_text
from domovoi_tf.loading.definitions.files import read_definition, resolve_definitions
from domovoi_tf.loading.definitions.limits import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Location, StateMachine

CORRECT = "\nCorrect the file."
OUTSIDE = "Copy the file into the project, and pass its path relative to the project's folder."
READABLE = "Pass the path of a UTF-8 file, relative to the project's folder."
SHORTEN = "Shorten it: AWS accepts at most 1,048,576 bytes."
DEEP = "there are lists and dicts that are nested more than 100 levels deep"
#: Ten aliases of aliases: three billion values.
BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)


def read(folder: Path, text: str, name: str = "a.yaml") -> Any:
    (folder / name).write_text(text)
    return read_definition(folder, name)


def get_error(folder: Path, name: str) -> str:
    with pytest.raises(SettingsError) as raised:
        read_definition(folder, name)
    return str(raised.value)


def resolve(project: Path, definition: Any) -> tuple[StateMachine | None, list[str]]:
    machine = StateMachine(name="default", definition=definition, location=Location(file="app.py", line=3))
    application = Application(functions=(), routes=(), state_machines=(machine,))
    resolved = resolve_definitions(application, project)
    faults = [f"{fault.location}: {fault.message}\n{fault.remedy}" for fault in resolved.faults]
    return next(iter(resolved.state_machines), None), faults


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &a {x: 1}\nb: *a\n", {"a": {"x": 1}, "b": {"x": 1}}),
        ("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n", {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 2}}),
        ("a: [1, 1.5, true, null, 'true', \"\\u00e9\"]\n", {"a": [1, 1.5, True, None, "true", "\xe9"]}),
        ("[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH, None),
    ],
)
def test_yaml_is_read(tmp_path: Path, text: str, value: Any) -> None:
    assert read(tmp_path, text) == value or value is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "line 6, column 5: there are more than 100,000 values"),
        (BOMB.replace("[*", "{<<: [*").replace("]\n", "]}\n").replace("[x,x,x,x,x,x,x,x,x]}", "{x: 1}"),
         "line 6, column 14: there are more than 100,000 values"),
        ("a: &a [*a]", "line 1, column 8: the alias *a is inside of its own anchor"),
        ("[" * 2000, f"line 1, column 101: {DEEP}"),
        ("- " * 100_000, f"line 1, column 201: {DEEP}"),
        ("a: &a " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*a" + "]" * 60, f"line 2, column 64: {DEEP}"),
        ("? [1, 2]\n: x", "line 1, column 3: a key is a list or a dict, but keys in JSON are strings"),
        ("? {a: b}\n: x", "line 1, column 3: a key is a list or a dict, but keys in JSON are strings"),
        ("a: {x: 1, x: 2}", "line 1, column 11: the key 'x' is also in line 1; only one can count"),
        ("a: !!bool maybe", "line 1, column 4: this is not a valid !!bool"),
        ("a: !!int ''", "line 1, column 4: this is not a valid !!int"),
        ("a: 2030-99-99", "line 1, column 4: this is not a valid !!timestamp"),
        ("a: !!map [b]", "line 1, column 4: expected keys and values"),
        (
            "a: !!python/object/apply:os.system [ls]",
            "line 1, column 4: this is not valid YAML: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object/apply:os.system'",
        ),
        (
            "a: 1\nb: {c: 2\n",
            "line 3, column 1: this is not valid YAML: expected ',' or '}', but got the end of the file "
            "while parsing a flow mapping of line 2",
        ),
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_invalid_yaml_is_an_error_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert get_error(tmp_path, "a.yaml") == f"a.yaml: {message}{CORRECT}"


def test_values_are_counted_while_yaml_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "MAX_VALUES", 5)
    assert read(tmp_path, "- x\n" * 4) == ["x"] * 4
    (tmp_path / "a.yaml").write_text("- x\n" * 9)
    expected = f"a.yaml: line 6, column 3: there are more than 100,000 values{CORRECT}"
    assert get_error(tmp_path, "a.yaml") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, f"line 1, column 101: {DEEP}"),
        ('{"a":\n "[\\"[",\n "b": ' + "[" * 100, f"line 3, column 106: {DEEP}"),
        ("[" + "1," * MAX_VALUES + "1]", "there are more than 100,000 values"),
    ],
    ids=["deep", "below a string", "many"],
)
def test_invalid_json_is_an_error_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert get_error(tmp_path, "a.json") == f"a.json: {message}{CORRECT}"


def test_keys_that_occur_twice_are_reported_with_both_lines(tmp_path: Path) -> None:
    """Of two states with one name, Step Functions would get the last."""
    states = '"Brew": {"Type": "Pass",\n "End": true, "End": false},\n "Brew": {}'
    (tmp_path / "a.json").write_text(f'{{"StartAt": "Brew",\n "States": {{{states}}}}}')
    assert get_error(tmp_path, "a.json") == (
        "a.json: line 3, column 15: $.States.Brew.End: this key is also in line 3; "
        "line 4: $.States.Brew: this key is also in line 2\n"
        "Only the last one would count: remove one of them."
    )
    (tmp_path / "a.yaml").write_text("States:\n  Brew: {Type: Pass}\n  Serve: {}\n  Brew: {}\n")
    message = "a.yaml: line 4, column 3: the key 'Brew' is also in line 2; only one can count"
    assert get_error(tmp_path, "a.yaml") == f"{message}{CORRECT}"


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        (
            "a.json",
            '{"a": 1,\n}',
            "line 1, column 8: there is a comma after the last item\nRemove the comma.",
        ),
        (
            "a.json",
            '{"a": "' + "[" * 200,
            'line 1, column 7: the string that begins here has no end\nWrite " at its end.',
        ),
        ("a.yaml", "a:\n\tb: 1\n", "line 2, column 1: a tab indents this line\nIndent it with spaces."),
        ("a.yaml", "a:\n \0", "line 2, column 2: the character U+0000 is not allowed in YAML\nRemove it."),
        (
            "a.yaml",
            b"a:\n \xff",
            "line 2, column 2: this is not UTF-8 text: it has the byte 0xff\nSave the file as UTF-8.",
        ),
        ("a.json", "{}".encode("utf-16"), "line 1, column 1: this is UTF-16 text\nSave the file as UTF-8."),
    ],
)
def test_mistake_has_a_remedy(tmp_path: Path, name: str, content: str | bytes, error: str) -> None:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    assert get_error(tmp_path, name) == f"{name}: {error}"


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_byte_order_mark_is_accepted(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, '\ufeff{"a": 1}', name) == {"a": 1}


def test_json_may_be_as_deep_as_the_limit(tmp_path: Path) -> None:
    assert read(tmp_path, "[" * MAX_DEPTH + "]" * MAX_DEPTH, "a.json")


@pytest.mark.parametrize(
    "path", ["../outside.json", "{parent}/outside.json", "link.json", "folder/outside.json"]
)
def test_definition_outside_the_project_is_not_read(tmp_path: Path, path: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "outside.json").write_text("{}")
    (project / "link.json").symlink_to("../outside.json")
    (project / "folder").symlink_to(tmp_path)
    path = path.format(parent=tmp_path)
    assert get_error(project, path) == f"the definition {path} is outside the project's folder\n{OUTSIDE}"


def test_absolute_path_and_link_in_the_project_are_read(tmp_path: Path) -> None:
    read(tmp_path, "{}", "a.json")
    (tmp_path / "link.json").symlink_to("a.json")
    project = tmp_path / "project"
    project.symlink_to(tmp_path)
    assert read_definition(project, "link.json") == {}
    machine, faults = resolve(tmp_path, str(tmp_path / "a.json"))
    assert machine
    assert (machine.definition, machine.file, faults) == ({}, "a.json", [])


def test_what_is_not_a_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    (tmp_path / "b.json").mkdir()
    (tmp_path / "c.json").symlink_to("c.json")
    errors = [get_error(tmp_path, f"{name}.json") for name in "abc"]
    assert errors == [
        f"the definition a.json cannot be read: it is not a regular file\n{READABLE}",
        f"the definition b.json cannot be read: Is a directory\n{READABLE}",
        f"the definition c.json cannot be read: Too many levels of symbolic links\n{READABLE}",
    ]
    assert get_error(tmp_path, "\0.json") == "the definition '\\x00.json' is not a path\nCorrect the path."


def test_large_file_is_not_read(tmp_path: Path) -> None:
    assert read(tmp_path, '"' + "x" * (MAX_BYTES - 2) + '"', "a.json")
    with (tmp_path / "a.json").open("ab") as file:
        file.truncate(2**40)
    assert get_error(tmp_path, "a.json") == (
        f"the definition a.json cannot be read: it has more than 1,048,576 bytes\n{SHORTEN}"
    )


def test_dict_that_is_too_large_or_contains_itself_is_a_fault(tmp_path: Path) -> None:
    many: Any = "x"
    for _ in range(6):
        many = [many] * 9
    deep: Any = {}
    deep["again"] = deep
    prefix = "app.py:3: the definition of the state machine default"
    assert resolve(tmp_path, {"States": many}) == (
        None,
        [f"{prefix}: there are more than 100,000 values\n{SHORTEN}"],
    )
    assert resolve(tmp_path, deep) == (None, [f"{prefix}: {DEEP}\n{SHORTEN}"])
    assert resolve(tmp_path, {"States": [["x"]] * 9})[1] == []
