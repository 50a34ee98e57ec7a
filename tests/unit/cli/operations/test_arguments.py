"""Arguments of commands that are JSON, a file, or standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from domovoi_tf.cli.operations.arguments import read_json
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
