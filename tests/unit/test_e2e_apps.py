"""Apps of different test files have different names, because test files share an emulator."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

E2E = Path(__file__).parent.parent / "e2e"
NAME = re.compile(r"""app_name["']?\s*[:=]\s*["']([\w-]+)["']""")


def test_apps_of_different_test_files_have_different_names() -> None:
    files = defaultdict(set)
    for path in E2E.glob("test_*.py"):
        for name in NAME.findall(path.read_text()):
            files[name].add(path.name)
    assert {"brewpub", "kiosk", "pub", "taproom"} <= set(files)
    assert {name: paths for name, paths in files.items() if len(paths) > 1} == {}
