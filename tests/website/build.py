"""Builds the site: copies the pages into a folder of its own, and runs Zensical there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from . import SiteError, llms_text
from .lists import indent_items
from .navigation import Section, find_unlisted, format_navigation, read_navigation
from .repository_pages import Pages

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Contents:
    """The pages and the navigation; `locate` maps paths in the repository to those in the site."""

    sections: tuple[Section, ...]
    pages: Pages
    locate: dict[str, str]
    errors: tuple[str, ...]


def read_contents(root: Path = ROOT) -> Contents:
    """Reads all pages, with the links to files that do not exist and the pages in no list as errors."""
    sections = read_navigation(root)
    listed = [entry.path for section in sections for entry in (section.index, *section.pages)]
    pages = Pages(root, listed)
    locate = {path: pages.add(path) for path in ("docs/index.md", *listed)}
    return Contents(sections, pages, locate, (*pages.errors, *find_unlisted(root, sections)))


def build_site(site: Path, root: Path = ROOT) -> None:
    """Builds the site of a repository into a folder, which is replaced."""
    contents = read_contents(root)
    if contents.errors:
        raise SiteError("\n".join(contents.errors))
    configuration = yaml.safe_load((root / "mkdocs.yml").read_text())
    nav = format_navigation(contents.sections, contents.locate)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder).resolve()
        (work / "mkdocs.yml").write_text(yaml.safe_dump({**configuration, "nav": nav}))
        shutil.copytree(root / "docs", work / "docs", ignore=shutil.ignore_patterns("*.md"))
        _write_pages(contents.pages, work / "docs", indent_items)
        _run_zensical(work)
        _write_pages(contents.pages, work / "site", str)
        _write_texts(contents, configuration, work / "site")
        shutil.rmtree(site, ignore_errors=True)
        shutil.move(work / "site", site)


def _write_texts(contents: Contents, configuration: dict[str, str], site: Path) -> None:
    """Writes the texts for language models."""
    title, summary = configuration["site_name"], configuration["site_description"]
    index = llms_text.write_index(title, summary, contents.sections, contents.locate)
    (site / "llms.txt").write_text(index)
    text = llms_text.write_full_text(contents.sections, contents.locate, contents.pages.texts)
    (site / "llms-full.txt").write_text(text)


def _write_pages(pages: Pages, folder: Path, convert: Callable[[str], str]) -> None:
    """Writes the Markdown of all pages, and the pictures that are not in `docs/`."""
    for place, text in pages.texts.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(convert(text))
    for place, source in pages.images.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / place)


def _run_zensical(work: Path) -> None:
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    result = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SiteError(_strip_report(result.stdout + result.stderr))


def _strip_report(output: str) -> str:
    """Returns the warnings alone: Zensical adds colours, and a traceback of its own."""
    return re.sub(r"\x1b\[[0-9;]*m", "", output).partition("Traceback")[0].strip()
