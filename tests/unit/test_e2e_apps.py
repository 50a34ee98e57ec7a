"""Test files that run in one worker share its emulator, and thus the names of what they deploy."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

E2E = Path(__file__).parent.parent / "e2e"
NAME = re.compile(r"""app_name["']?\s*[:=]\s*["']([\w-]+)["']""")


def test_an_app_of_one_file_has_no_name_of_another_s() -> None:
    files = defaultdict(set)
    for path in E2E.glob("test_*.py"):
        for name in NAME.findall(path.read_text()):
            files[name].add(path.name)
    assert {"brewpub", "kiosk", "pub", "taproom"} <= set(files)
    assert {name: found for name, found in files.items() if len(found) > 1} == {}
