"""Definitions in files: each text is read, or is an error in plain words."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import example
from hypothesis import strategies as st
from machine_definitions import DEFINITIONS

from domovoi_tf.errors import SettingsError
from domovoi_tf.loading.definitions.files import read_definition
from domovoi_tf.loading.definitions.limits import require_small

from .fuzzing import fuzz

NAMES = ("a.yaml", "a.json")
#: Parts of YAML and JSON that change the meaning of a text wherever they stand.
PIECES = (
    *("&a ", "*a", "<<: ", "<<: *a", "<<: [*a, *a]", "? ", "- ", ": ", "[", "]", "{", "}", ",", "\n", "  "),
    *("|\n", ">\n", "!!set ", "!!omap ", "!!pairs ", "!!binary ", "!!int ", "!!float ", "!!bool ", "!!null "),
    *(
        "!!timestamp ",
        "!!map ",
        "!!seq ",
        "!!str ",
        "!!python/none ",
        "!x ",
        "!!merge ",
        "!!value ",
        "= ",
        "---",
    ),
    *(
        "...",
        "%YAML 1.1\n",
        "'",
        '"',
        "\\",
        "\t",
        "\0",
        "\ufeff",
        "\x85",
        "2030-13-01",
        "0x",
        "0b2",
        "1:99",
        ".",
    ),
    *(".inf", "-.nan", "NaN", "1e999", "~", "yes", "\U0001f37a", "[" * 120, "- " * 120, "#", "@", "`"),
)


def make_texts() -> list[str]:
    values = [DEFINITIONS[name] for name in sorted(DEFINITIONS)]
    return [dump(value) for value in values for dump in (json.dumps, yaml.safe_dump)]


TEXTS = make_texts()


def mutate(seed: int) -> str:
    """Returns a definition, or nothing, with some parts inserted, exchanged and removed."""
    pick = random.Random(seed)  # noqa: S311 - no secret
    text = pick.choice([*TEXTS, "", ""])
    for _ in range(pick.randint(1, 12)):
        start = pick.randint(0, len(text))
        end = min(len(text), start + pick.choice((0, 0, 0, 1, 5, 40)))
        text = text[:start] + pick.choice((*PIECES, text[end : end + 30])) + text[end:]
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("definitions")


@fuzz(250, seed=st.integers(0, 2**63), name=st.sampled_from(NAMES))
@example(seed=0, name="a.yaml")
def test_mutated_definition_is_read_or_rejected(folder: Path, seed: int, name: str) -> None:
    (folder / name).write_text(mutate(seed), encoding="utf-8")
    try:
        definition = read_definition(folder, name)
    except SettingsError as error:
        assert error.message.startswith((f"{name}: ", f"the definition {name} cannot be read: "))
        assert error.remedy
    else:
        require_small(definition)
