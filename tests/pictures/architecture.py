"""Draws the imports between the folders of domovoi_tf: ``architecture.svg``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from pictures import graphs

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "domovoi_tf"
TITLE = "Imports between the folders of domovoi_tf"
DESCRIPTION = (
    "Folders, with arrows down to those that they import. Arrows that follow from others are left out."
)


def find_imports() -> dict[str, set[str]]:
    """Returns the folders, and modules beside them, that each folder imports."""
    imports: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        importer, *_ = path.relative_to(PACKAGE).with_suffix("").parts
        if importer != "__init__":
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            names = {name for node in nodes for name in imported_names(node, path)}
            imports.setdefault(importer, set()).update(names - {importer})
    return imports


def imported_names(node: ast.AST, path: Path) -> Iterator[str]:
    """Yields the folders or modules directly in the package that an import statement names."""
    if isinstance(node, ast.ImportFrom):
        # The module that relative names start from.
        base = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
        module = [*base, *(node.module or "").split(".")]
        modules = [[*filter(None, module), alias.name] for alias in node.names]
    elif isinstance(node, ast.Import):
        modules = [alias.name.split(".") for alias in node.names]
    else:
        return
    for package, name, *_ in (parts for parts in modules if len(parts) > 1):
        if package == PACKAGE.name and ((PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()):
            yield name


def find_reachable(imports: dict[str, set[str]], start: str) -> set[str]:
    """Returns everything that a folder imports, directly or through others."""
    return {name for direct in imports[start] for name in (direct, *find_reachable(imports, direct))}


def reduce_imports(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """Drops each import that a longer path of imports implies. The imports must have no cycle."""
    return {
        name: {
            target
            for target in targets
            if not any(target in find_reachable(imports, other) for other in targets - {target})
        }
        for name, targets in imports.items()
    }


def find_levels(imports: dict[str, set[str]]) -> dict[str, int]:
    """Returns the length of the longest path of imports that starts at each folder."""
    levels: dict[str, int] = {}

    def find(name: str) -> int:
        if name not in levels:
            levels[name] = 1 + max((find(target) for target in imports[name]), default=-1)
        return levels[name]

    for name in imports:
        find(name)
    return levels


def draw() -> str:
    """Returns the picture: the levels are rows."""
    imports = find_imports()
    levels, reduced = find_levels(imports), reduce_imports(imports)
    top = max(levels.values())
    names = sorted(imports, key=lambda name: (-levels[name], name))
    shapes = {name: graphs.make_shape(name, column=top - levels[name]) for name in names}
    edges = [graphs.Edge(name, target) for name in names for target in sorted(reduced[name])]
    return graphs.draw(shapes, edges, TITLE, DESCRIPTION, down=True, gap=16, distance=34)
