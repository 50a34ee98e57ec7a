"""The build of the site: files outside docs/, errors, and the texts for language models."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from . import SiteError
from .build import ROOT, build_site
from .links import find_links, replace_links

INDEX = "# Home\n\n- [Guides](guides/index.md): tasks.\n"
GUIDES = "# Guides\n\n- [One](one.md): the first\n  of all.\n- [Changelog](../../CHANGELOG.md): changes.\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a start page, one section, and the configuration of this one."""
    root = tmp_path / "repository"
    write(root, "docs/index.md", INDEX)
    write(root, "docs/guides/index.md", GUIDES)
    write(root, "docs/guides/one.md", "# One\n")
    write(root, "CHANGELOG.md", "# Changelog\n\n## 1.0\n")
    write(root, ".gitignore", "package.zip\n")
    for name in ("mkdocs.yml", "docs/assets"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, root / name)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    return root


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def build(root: Path) -> Path:
    build_site(root / "site", root)
    return root / "site"


def read_article(site: Path, path: str) -> str:
    page = (site / path).read_text()
    return re.sub(r"<[^>]+>", "", page[page.index("<article") : page.index("</article>")])


def test_a_linked_file_becomes_a_page_with_its_code(repository: Path) -> None:
    write(repository, "docs/guides/one.md", "# One\n\nSee [the app](../../examples/bar/app.py).\n")
    write(repository, "examples/bar/app.py", "def tend():\n    '''``` and ````'''\n")
    site = build(repository)
    assert 'href="../repository/examples/bar/app.py.html"' in (site / "guides/one.html").read_text()
    article = read_article(site, "repository/examples/bar/app.py.html")
    assert "examples/bar/app.py" in article
    assert "def tend():\n    '''``` and ````'''" in article.replace("&#39;", "'")


def test_a_linked_folder_becomes_a_page_that_lists_its_files(repository: Path) -> None:
    write(repository, "docs/guides/one.md", "# One\n\nSee [examples](../../examples).\n")
    for name in ("bar/app.py", "bar/.chalice/config.json", "bar/README.md", "bar/package.zip"):
        write(repository, f"examples/{name}", "{}\n")
    site = build(repository)
    page = (site / "repository/examples/index.html").read_text()
    links = re.findall(r'<li><a href="([^"]+)"><code>([^<]+)', page)
    assert links == [
        ("bar/chalice/config.json.html", "bar/.chalice/config.json"),
        ("bar/readme.html", "bar/README.md"),
        ("bar/app.py.html", "bar/app.py"),
    ]
    assert all((site / "repository/examples" / link).is_file() for link, _ in links)


def test_markdown_outside_the_documentation_keeps_its_links(repository: Path) -> None:
    write(
        repository,
        "CHANGELOG.md",
        "# Changelog\n\nSee [one](docs/guides/one.md#part) and ![it](docs/a.svg).\n",
    )
    write(repository, "docs/guides/one.md", "# One\n\n## Part\n")
    write(repository, "docs/a.svg", "<svg/>")
    site = build(repository)
    page = (site / "repository/CHANGELOG.html").read_text()
    assert 'href="../guides/one.html#part"' in page
    assert 'src="../a.svg"' in page
    assert (site / "a.svg").is_file()


@pytest.mark.parametrize("target", ["../../nothing.py", "two.md", "../../package.zip", "../../../outside.md"])
def test_a_link_to_a_missing_file_names_page_and_line(repository: Path, target: str) -> None:
    """A file that git ignores is in no clone."""
    write(repository, "package.zip", "")
    write(repository.parent, "outside.md", "")
    write(repository, "docs/guides/one.md", f"# One\n\nText,\nand [a link]({target}).\n")
    with pytest.raises(SiteError) as error:
        build(repository)
    assert str(error.value) == f"docs/guides/one.md:4: links to {target}, which is not in the repository"
    assert not (repository / "site").exists()


def test_a_folder_without_git_is_an_error(repository: Path) -> None:
    shutil.rmtree(repository / ".git")
    with pytest.raises(SiteError) as error:
        build(repository)
    assert str(error.value) == (
        f"git could not list the files of {repository}, to which pages may link. Build the site in a clone."
    )


def test_a_page_in_no_list_is_an_error(repository: Path) -> None:
    write(repository, "docs/guides/two.md", "# Two\n")
    with pytest.raises(SiteError) as error:
        build(repository)
    assert str(error.value) == (
        "docs/guides/two.md is missing in the list of docs/guides/index.md. "
        "Add: - [Title](two.md): a line about it."
    )


def test_a_missing_anchor_names_page_and_line(repository: Path) -> None:
    write(repository, "docs/guides/one.md", "# One\n\n[Other](index.md#nowhere)\n")
    with pytest.raises(SiteError) as error:
        build(repository)
    lines = [line.strip() for line in str(error.value).splitlines()]
    assert lines[1:4] == ["Warning: anchor does not exist", "╭─[ guides/one.md:3:18 ]", "│"]
    assert lines[-1] == "1 issue found"


def test_the_lists_order_the_navigation(repository: Path) -> None:
    page = (build(repository) / "index.html").read_text()
    assert page.index("./guides/index.html") < page.index("<article")
    guide = (build(repository) / "guides/one.html").read_text()
    titles = re.findall(
        r'class="md-nav__link[^"]*">\s*<span class="md-ellipsis">\s*(.*?)\s*</span>', guide, re.S
    )
    assert titles == ["Home", "Guides: overview", "One", "Changelog"]


def test_language_models_get_an_index_and_the_markdown(repository: Path) -> None:
    write(repository, "docs/guides/one.md", "# One\n\n<!-- a note -->\n[Changes](../../CHANGELOG.md)\n")
    site = build(repository)
    assert (site / "llms.txt").read_text().partition("\n> ")[2].partition("\n\n")[2] == (
        "## Guides\n\n- [Overview](guides/index.md): tasks.\n- [One](guides/one.md): the first of all.\n"
        "- [Changelog](repository/CHANGELOG.md): changes.\n\n"
        "## Optional\n\n- [All pages](llms-full.txt): the pages above in one text.\n"
    )
    assert (site / "guides/one.md").read_text().endswith("[Changes](../repository/CHANGELOG.md)\n")
    assert (
        (site / "llms-full.txt")
        .read_text()
        .endswith(
            "<!-- guides/one.md -->\n\n# One\n\n[Changes](../repository/CHANGELOG.md)\n\n"
            "<!-- repository/CHANGELOG.md -->\n\n# Changelog\n\n## 1.0\n"
        )
    )


def test_the_site_replaces_the_previous_one(repository: Path) -> None:
    write(repository, "site/old.html", "")
    assert not (build(repository) / "old.html").exists()


def test_links_are_found_outside_code_only() -> None:
    text = (
        '[a](a.md) `[b](b.md)` [`c`](c.md#d "title") [e](https://e.org/f.md) [g](#h)\n'
        '```markdown\n[i](i.md)\n```\n<!-- [j](j.md) -->\n<img src="k.svg">\n\n[l]: m.md\n'
    )
    assert [(link.path, link.fragment, link.line) for link in find_links(text)] == [
        ("a.md", "", 1),
        ("c.md", "#d", 1),
        ("k.svg", "", 6),
        ("m.md", "", 8),
    ]
    assert replace_links(text, lambda link: link.path.upper()) == (
        text.replace("(a.md", "(A.MD")
        .replace("(c.md", "(C.MD")
        .replace("k.svg", "K.SVG")
        .replace("m.md", "M.MD")
    )
