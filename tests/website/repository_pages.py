"""Makes pages of the files outside `docs/` that pages link to, and rewrites the links to them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection
from pathlib import Path

from . import SiteError
from .links import Link, relate_path, replace_links, resolve_path

FOLDER = "repository"
_IMAGES = (".png", ".svg")
_LANGUAGES = {
    ".asl": "json",
    ".hcl": "hcl",
    ".ini": "ini",
    ".json": "json",
    ".py": "python",
    ".sh": "bash",
    ".tf": "hcl",
    ".toml": "toml",
    ".yaml": "yaml",
    ".yml": "yaml",
}
#: A search finds no code and no READMEs of modules: they would hide the pages that describe them.
_UNSEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"
_CODE_PAGE = _UNSEARCHED + "# `{path}`\n\n{content}\n"


class Pages:
    """The pages of the site by their path in the repository, and the errors of their links."""

    def __init__(self, root: Path, listed: Collection[str]) -> None:
        self.root = root
        self.listed = listed
        self.errors: list[str] = []
        #: The Markdown of the pages, by their paths in the site.
        self.texts: dict[str, str] = {}
        self.images: dict[str, Path] = {}
        self._tracked = _list_files(root)

    def add(self, path: str) -> str:
        """Adds a file or folder of the repository with what it links to, and returns its path in the site."""
        place = find_place(path, is_folder=(self.root / path).is_dir())
        if path.endswith(_IMAGES):
            self.images[place] = self.root / path
        elif place not in self.texts:
            self.texts[place] = ""  # pages may link to each other
            self.texts[place] = self._write_page(path, place)
        return place

    def _write_page(self, path: str, place: str) -> str:
        if (self.root / path).is_dir():
            return self._write_folder(path, place)
        text = (self.root / path).read_text()
        if path.endswith(".md"):
            is_searched = path.startswith("docs/") or path in self.listed
            text = replace_links(text, lambda link: self._follow(path, place, link))
            return text if is_searched else _UNSEARCHED + text
        return _CODE_PAGE.format(path=path, content=_fence(text, Path(path).suffix))

    def _write_folder(self, path: str, place: str) -> str:
        files = [each for each in self._tracked if each.startswith(f"{path}/") and not each.endswith(_IMAGES)]
        links = [
            f"- [`{each.removeprefix(f'{path}/')}`]({relate_path(self.add(each), place)})" for each in files
        ]
        return _CODE_PAGE.format(path=f"{path}/", content="\n".join(links))

    def _follow(self, path: str, place: str, link: Link) -> str:
        """Returns the path of a link in the site."""
        target = resolve_path(path, link.path)
        if not self._has(target):
            self.errors.append(f"{path}:{link.line}: links to {link.path}, which is not in the repository")
            return link.path
        return relate_path(self.add(target), place)

    def _has(self, target: str) -> bool:
        if (self.root / target).is_dir():
            return any(each.startswith(f"{target}/") for each in self._tracked)
        return target in self._tracked


def find_place(path: str, *, is_folder: bool = False) -> str:
    """Returns the path in the site of a file or folder of the repository."""
    if is_folder:
        path = f"{path}/index.md"
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    # Hidden files would not be in the site, and a README would be the index of its folder.
    path = re.sub(r"(^|/)\.", r"\1", path).replace("README.md", "readme.md")
    return f"{FOLDER}/{path}" if path.endswith((".md", *_IMAGES)) else f"{FOLDER}/{path}.md"


def _list_files(root: Path) -> list[str]:
    """Returns the files that git tracks or would track: a checkout also has rendered trees and packages."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SiteError(
            f"git could not list the files of {root}, to which pages may link. Build the site in a clone."
        )
    return sorted(each for each in result.stdout.split("\0") if each and (root / each).exists())


def _fence(text: str, suffix: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{_LANGUAGES.get(suffix, 'text')}\n{text.rstrip()}\n{fence}"
