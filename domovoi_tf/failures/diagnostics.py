"""Parses the errors in Terraform's standard error.

Commands print them as text, without colours or in a box.
https://developer.hashicorp.com/terraform/cli/commands/validate#json-output-format describes their parts.
"""

from __future__ import annotations

import re
from pathlib import Path

from domovoi_tf.failures.explanation import Failure
from domovoi_tf.system.text import strip_colours

_BORDER = re.compile(r"^[│╷╵] ?", re.MULTILINE)
#: The reason of an error, which follows it after an empty line, looks like another one.
_START = re.compile(r"^(?=Error: (?!operation error |failed to refresh cached credentials))", re.MULTILINE)
_ADDRESS = re.compile(r"^  with (.+?)[,:]$", re.MULTILINE)
_PLACE = re.compile(r"^  on (\S+) line (\d+).*$", re.MULTILINE)
#: Lines of the source, with the values of its expressions in a box.
_SNIPPET = re.compile(r"^ +(?:\d+: |├─|│ ).*\n?", re.MULTILINE)


def parse_failures(text: str, stage: str, root: Path | None = None) -> list[Failure]:
    """Returns the errors in a text.

    Args:
        text: Terraform's standard error.
        stage: the stage in whose folder Terraform ran.
        root: that folder, if it is known.
    """
    parts = _START.split(_BORDER.sub("", strip_colours(text)))
    return [_parse_failure(part.strip(), stage, root) for part in parts if part.startswith("Error: ")]


def _parse_failure(text: str, stage: str, root: Path | None) -> Failure:
    address, place = _ADDRESS.search(text), _PLACE.search(text)
    return Failure(
        text=text,
        sentence=" ".join(_drop_places(text.removeprefix("Error: ")).split()),
        address=address[1] if address and not address[1].startswith("provider[") else "",
        place=f"{place[1]}:{place[2]}" if place else "",
        stage=stage,
        root=root,
    )


def _drop_places(text: str) -> str:
    for pattern in (_SNIPPET, _ADDRESS, _PLACE):
        text = pattern.sub("", text)
    return text
