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
    monkeypatch.setattr(sys, "stdin", io.StringIO("[2]"))
    assert read_json('{"beer": 1}', "event") == {"beer": 1}
    assert read_json("event.json", "event") == {"beer": "Kölsch"}
    assert read_json("-", "event") == [2]


def test_invalid_file_names_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text('{\n  "beer": }')
    with pytest.raises(DomovoiError) as raised:
        read_json(str(path), "event")
    assert raised.value.message == f"{path}:2:11: this is not valid JSON: Expecting value."
    assert raised.value.remedy == "Correct the file."


def test_argument_that_is_neither_json_nor_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DomovoiError) as raised:
        read_json(str(tmp_path / "none.json"), "event")
    assert raised.value.message == (
        "The event is neither JSON nor a file: Expecting value: line 1 column 1 (char 0)."
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "it is nested too deeply"),
        ("[" * 201 + "]" * 201, "it is nested too deeply"),
        ('{"a": NaN}', "NaN is not JSON"),
        (
            "9" * 5000,
            "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use "
            "sys.set_int_max_str_digits() to increase the limit",
        ),
    ],
    ids=["deep", "closed", "NaN", "digits"],
)
def test_json_that_python_cannot_parse_is_an_error(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "event.json"
    path.write_text(text)
    with pytest.raises(DomovoiError) as raised:
        read_json(text, "event")
    assert str(raised.value) == (
        f"The event is neither JSON nor a file: {reason}.\nQuote it for the shell: '{{\"beer\": 1}}'"
    )
    with pytest.raises(DomovoiError) as raised:
        read_json(str(path), "event")
    assert str(raised.value) == f"{path}: this is not valid JSON: {reason}.\nCorrect the file."
    with pytest.raises(DomovoiError) as raised:
        parse_json(text, "event")
    assert str(raised.value) == f"The event is not JSON: {reason}.\nQuote it for the shell: '{{\"beer\": 1}}'"


def test_file_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(DomovoiError) as raised:
        read_json(str(path), "event")
    assert raised.value.message == f"{path}: this is not valid JSON: it is not UTF-8 at byte 7."
