"""Arguments of commands that are JSON, a file, or standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from domovoi_tf.cli.operations.arguments import parse_json, read_json
from domovoi_tf.errors import DomovoiError


def test_argument_is_json_a_file_or_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "event.json").write_text('{"beer": "Kölsch"}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf[2]")))
    assert read_json('{"beer": 1}', "event") == {"beer": 1}
    assert read_json("event.json", "event") == {"beer": "Kölsch"}
    assert read_json("-", "event") == [2]


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_bytes(b'\xef\xbb\xbf{"beer": 1}')
    assert read_json(str(tmp_path / "event.json"), "event") == {"beer": 1}
    assert read_json('\ufeff{"beer": 1}', "event") == {"beer": 1}


def test_invalid_file_names_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text('{\n  "beer": 1,\n}')
    with pytest.raises(DomovoiError) as raised:
        read_json(str(path), "event")
    assert str(raised.value) == (
        f"{path}:2:12: this is not valid JSON: there is a comma after the last item.\nRemove the comma."
    )


FORMS = "Pass the path of a JSON file, or JSON in single quotes, such as '{\"beer\": 1}' or '\"hello\"'."
QUOTING = "Put the whole in single quotes for the shell: '{\"beer\": 1}'"


@pytest.mark.parametrize(
    ("argument", "error"),
    [
        ("none.json", f"There is no file none.json in {{folder}}.\n{FORMS}"),
        ("ordr.json", f"There is no file ordr.json in {{folder}}.\nDid you mean order.json? {FORMS}"),
        (
            "events/drink.json",
            f"There is no file events/drink.json in {{folder}}.\nDid you mean events/drinks.json? {FORMS}",
        ),
        ("none/order.json", f"There is no file none/order.json: there is no folder none.\n{FORMS}"),
        ("events", "events is a folder.\nPass the path of a JSON file in it."),
        ("@order.json", "There is no file @order.json.\nWrite the path alone: order.json"),
        ("file://order.json", "There is no file file://order.json.\nWrite the path alone: order.json"),
        ("hello", f"The event is hello, which is not JSON or the name of a file.\n{FORMS}"),
        (
            "x" * 70 + "\x1b",
            f"The event is {'x' * 60}..., which is not JSON or the name of a file.\n{FORMS}",
        ),
        (" ", f"The event is empty.\n{FORMS}"),
        (
            '{"beer": 1,}',
            "The event is not valid JSON: column 11: there is a comma after the last item.\n"
            f"Remove the comma. {QUOTING}",
        ),
        (
            '{\n"beer": [}',
            "The event is not valid JSON: line 2, column 10: a [ is closed with }.\n"
            f"Write ] in its place. {QUOTING}",
        ),
        (
            "{beer:1}",
            f'The event is not valid JSON: column 2: the key beer has no quotes.\nWrite "beer". {QUOTING}',
        ),
    ],
)
def test_argument_that_is_neither_json_nor_a_file_is_an_error(
    argument: str, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "events").mkdir()
    for name in ("order.json", "events/drinks.json"):
        (tmp_path / name).write_text("{}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DomovoiError) as raised:
        read_json(argument, "event")
    assert str(raised.value) == error.replace("{folder}", str(tmp_path))


def test_file_in_place_of_json_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "my order.json"
    path.write_text("{}")
    with pytest.raises(DomovoiError) as raised:
        parse_json(str(path), "payload")
    assert str(raised.value) == (
        f"{path} is a file, but the payload must be JSON.\nSend its content with --file '{path}'"
    )
    with pytest.raises(DomovoiError) as raised:
        parse_json("order.json", "payload")
    assert str(raised.value) == (
        "The payload is order.json, which is not JSON.\n"
        "Pass JSON in single quotes, such as '{\"beer\": 1}' or '\"order.json\"'."
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "it is nested too deeply"),
        ("[" * 201 + "]" * 201, "it is nested too deeply"),
        (
            "9" * 5000,
            "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use "
            "sys.set_int_max_str_digits() to increase the limit",
        ),
    ],
    ids=["deep", "closed", "digits"],
)
def test_json_that_python_cannot_parse_is_an_error(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "event.json"
    path.write_text(text)
    for parse in (read_json, parse_json):
        with pytest.raises(DomovoiError) as raised:
            parse(text, "event")
        assert str(raised.value) == f"The event is not valid JSON: {reason}.\nShorten it."
    with pytest.raises(DomovoiError) as raised:
        read_json(str(path), "event")
    assert str(raised.value) == f"{path}: this is not valid JSON: {reason}.\nCorrect the file."


def test_file_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(DomovoiError) as raised:
        read_json(str(path), "event")
    assert str(raised.value) == (
        f"{path}:1:8: this is not UTF-8 text: it has the byte 0xff.\nSave the file as UTF-8."
    )
