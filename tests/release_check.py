"""Checks that a tag, the version, the changelog and the kept tree agree, for ``make release-check``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
_SECTION = re.compile(
    r"^## (?:(Unreleased)|(\d+\.\d+\.\d+) \(([^)\n]*)\))\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL
)


def read_version(root: Path) -> str:
    """Returns the version in the package, from which distributions get theirs."""
    text = (root / "domovoi_tf" / "__init__.py").read_text()
    match = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    return match[1] if match else ""


def list_releases(root: Path) -> list[tuple[str, str]]:
    """Returns the versions of the changelog with their dates, in its order."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    return [(match[2], match[3]) for match in _SECTION.finditer(text) if match[2]]


def find_problems(tag: str, root: Path = ROOT) -> Iterator[str]:
    """Yields what keeps a commit from being released under a tag.

    Args:
        tag: the tag, such as "v0.2.0".
        root: the folder of the repository.
    """
    version = read_version(root)
    if tag != f"v{version}":
        yield f"The tag is {tag}, but domovoi_tf/__init__.py has {version}, which needs the tag v{version}."
    sections = [
        match.groups() for match in _SECTION.finditer((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    ]
    if any(unreleased and text.strip() for unreleased, _, _, text in sections):
        yield f"CHANGELOG.md has changes under Unreleased: move them to the section of {version}."
    newest, date = next(iter(list_releases(root)), ("none", ""))
    if newest != version:
        yield f"The newest release in CHANGELOG.md is {newest}: add the section `## {version} (YYYY-MM-DD)`."
    elif not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        yield f"The section of {version} in CHANGELOG.md has no date: write `## {version} (YYYY-MM-DD)`."
    manifest = root / "tests" / "upgrades" / version / "terraform" / ".domovoi-tf.json"
    if not manifest.is_file():
        yield f"tests/upgrades/{version} has no tree: run `make release-tree RELEASE={version} FROM=...`."
    elif (rendered_by := json.loads(manifest.read_text()).get("version")) != version:
        yield f"tests/upgrades/{version} has a tree of {rendered_by}: remove it, and render it again."


if __name__ == "__main__":
    problems = list(find_problems(sys.argv[1]))
    sys.exit("\n".join(problems) or 0)
