"""Tests that modules and trees use only what OpenTofu 1.10 has, as docs/guides/terraform.md says.

It reads the texts: OpenTofu itself is in none of the package registries that the tests use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.system import assets

ROOT = assets.find_modules().parent
#: The functions of Terraform 1.5, from which OpenTofu began.
FUNCTIONS = """
abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256 base64sha512 basename
can ceil chomp chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist compact
concat contains csvdecode dirname distinct element endswith file filebase64 filebase64sha256
filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 filesha512 flatten floor format
formatdate formatlist indent index join jsondecode jsonencode keys length log lookup lower matchkeys
max md5 merge min nonsensitive one parseint pathexpand plantimestamp pow range regex regexall
replace reverse rsadecrypt sensitive setintersection setproduct setsubtract setunion sha1 sha256
sha512 signum slice sort split startswith strcontains strrev substr sum templatefile
textdecodebase64 textencodebase64 timeadd timecmp timestamp title tobool tolist tomap tonumber toset
tostring transpose trim trimprefix trimspace trimsuffix try upper urlencode uuid uuidv5 values
yamldecode yamlencode zipmap
"""
TYPES = {"list", "map", "object", "optional", "set"}
BLOCKS = "data locals module moved output provider removed resource terraform variable"
#: Terraform has these from 1.8 to 1.11 on, OpenTofu later or not at all, except for functions of providers.
NEWER = re.compile(r"\bephemeral\b|\w_wo(?:_version)? *=|\bprovider::|\bterraform\.applying\b")
_STRING = re.compile(r'"(?:\\.|\$\{(?:[^{}"]|"[^"]*")*\}|[^"\\\n])*"')
_TEMPLATE = re.compile(r"\$\{((?:[^{}\"]|\"[^\"]*\")*)\}")
_COMMENT = re.compile(r"^ *#.*|(?<=\s)#[^\"\n]*$", re.MULTILINE)
_HEREDOC = re.compile(r"<<-?EOT\n.*?\n *EOT$", re.MULTILINE | re.DOTALL)


def read_sources() -> Iterator[str]:
    """Yields the texts of all modules, and of rendered trees that use all templates."""
    for folder in ("modules", "tests/golden"):
        for path in sorted((ROOT / folder).rglob("*.tf")):
            yield path.read_text(encoding="utf-8")


def remove_texts(source: str) -> str:
    """Returns the source without comments, and with the expressions in strings in place of these."""
    plain = _HEREDOC.sub("", _COMMENT.sub("", source))
    return _STRING.sub(lambda match: " ".join(map(remove_texts, _TEMPLATE.findall(match[0]))), plain)


def list_functions(source: str) -> set[str]:
    return set(re.findall(r"\b([a-z0-9_]+)\(", remove_texts(source)))


def list_blocks(source: str) -> set[str]:
    return set(re.findall(r'^([a-z]+)(?: "[^"]*")* \{$', source, re.MULTILINE))


def test_functions_are_in_the_oldest_opentofu_that_is_documented() -> None:
    used = {name for source in read_sources() for name in list_functions(source)}
    assert len(used) > 40
    newer = sorted(used - {*FUNCTIONS.split()} - TYPES)
    assert newer == [], "look them up in OpenTofu's documentation: are they in 1.10?"


def test_blocks_are_in_the_oldest_opentofu_that_is_documented() -> None:
    templates = [path.read_text() for path in (ROOT / "templates").rglob("*.tf.j2")]
    used = {name for source in (*read_sources(), *templates) for name in list_blocks(source)}
    assert used == {*BLOCKS.split()}


def test_nothing_newer_is_used() -> None:
    found = [match[0] for source in read_sources() for match in NEWER.finditer(remove_texts(source))]
    assert found == []


@pytest.mark.parametrize(
    "line", ["a = ephemeral.b.c", "password_wo = 1", "a = provider::aws::b(1)", "a = terraform.applying"]
)
def test_newer_features_are_found(line: str) -> None:
    assert NEWER.search(remove_texts(f"x {{\n  {line}\n}}\n"))


def test_functions_and_blocks_are_found() -> None:
    source = (
        'check "it" {\n  a = "${templatestring(var.a, b)} not(this)" # nor(this)\n  b = issensitive(1)\n}\n'
    )
    assert list_functions(source) == {"templatestring", "issensitive"}
    assert list_blocks(source) == {"check"}


def test_required_version_is_the_oldest_opentofu_that_is_documented() -> None:
    versions = [
        match
        for path in (*(ROOT / "modules").rglob("versions.tf"), *(ROOT / "templates").rglob("versions.tf.j2"))
        for match in re.findall(r'required_version *= *"(.*)"', path.read_text())
    ]
    assert len(versions) > 10
    assert {*versions} == {">= 1.10"}
    page = Path(ROOT / "docs" / "guides" / "terraform.md").read_text(encoding="utf-8")
    assert "[OpenTofu](https://opentofu.org) 1.10 or newer" in page
