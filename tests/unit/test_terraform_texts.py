"""Tests the texts for people in the modules, the templates and rendered trees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.system import assets

ROOT = assets.find_modules().parent
_TEXT = re.compile(
    r'^ *(?P<name>description|error_message) *= *(?:"(?P<line>(?:[^"\\\n]|\\.)*)"|'
    r"<<-?EOT\n(?P<lines>.*?)\n *EOT$)",
    re.MULTILINE | re.DOTALL,
)
#: A value of Terraform or of a template in a text.
_VALUE = re.compile(r"\$\{[^}]*\}|\{\{.*?\}\}")
_REGEX = re.compile(r"\^|\\[^\"]|\[[^\]]*-[^\]]*\]|\{\d|[\])]\+|\.\*|\(\?")


def list_texts() -> Iterator[tuple[str, str, str]]:
    """Yields the path with the line, the kind, and the text of each description and error message."""
    folders = [ROOT / "modules", ROOT / "templates", ROOT / "tests" / "golden"]
    files = [
        path for folder in folders for path in folder.rglob("*") if re.search(r"\.tf(\.j2)?$", path.name)
    ]
    for path in sorted(files):
        text = path.read_text(encoding="utf-8")
        for match in _TEXT.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            lines = (match["lines"] or "").strip()
            yield f"{path.relative_to(ROOT)}:{line}", match["name"], match["line"] or lines


def find_problems(name: str, text: str) -> Iterator[str]:
    plain = _VALUE.sub("X", text)
    if name == "description" and not re.match("[A-Z0-9]", plain):
        yield "begins in lower case"
    if name == "description" and "\n" not in plain and not plain.endswith((".", "X")):
        yield "does not end with a dot"
    if name == "error_message" and _REGEX.search(plain):
        yield "recites a regular expression"


def test_descriptions_are_sentences_and_messages_recite_no_regex() -> None:
    texts = [*list_texts()]
    assert len(texts) > 300
    wrong = [
        f"{place}: {name} {problem}" for place, name, text in texts for problem in find_problems(name, text)
    ]
    assert wrong == []


def test_wrong_texts_are_found(tmp_path: Path) -> None:
    assert [*find_problems("description", "name of it")] == [
        "begins in lower case",
        "does not end with a dot",
    ]
    for text in ("Must match ^a$.", "Must be [a-z].", "Must be a{1,3}.", r"Must have \\d.", "Must be (a)+."):
        assert [*find_problems("error_message", text)] == ["recites a regular expression"], text
    assert [*find_problems("error_message", "It must have letters and any of _+=,.@-")] == []
