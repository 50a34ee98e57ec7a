"""A debugger is noticed whenever it is attached, and not before."""

from __future__ import annotations

import subprocess
import sys

from domovoi_tf.loading.debugging import attachment

#: https://github.com/microsoft/debugpy/wiki/API-Reference
SCRIPT = """from domovoi_tf.loading.debugging.attachment import call_once_attached
{earlier}
call_once_attached(lambda: print("attached"))
import debugpy
print("imported")
import debugpy.server.api
print("loaded")
import sys
sys.settrace(None)
print("traced")
debugpy.listen(("127.0.0.1", 0))
print("listening")
sys.settrace(sys.gettrace())
"""


def run(earlier: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-X", "frozen_modules=off", "-c", SCRIPT.format(earlier=earlier)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_debugger_that_is_attached_later_is_noticed_once() -> None:
    assert run("") == ["imported", "loaded", "traced", "attached", "listening"]


def test_debugger_that_is_attached_already_is_noticed_once() -> None:
    earlier = "import debugpy; debugpy.listen(('127.0.0.1', 0)); debugpy.listen = id"
    assert run(earlier) == ["attached", "imported", "loaded", "traced", "listening"]


def test_process_without_a_debugger_imports_nothing_and_has_no_mark() -> None:
    script = (
        "import sys; from domovoi_tf.loading.debugging import attachment; before = set(sys.modules); "
        "attachment.call_once_attached(print); print(attachment.is_attached(), set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "False set()\n"
    with attachment.open_mark() as mark:
        assert not mark.is_set()
        attachment.set_mark(mark.file)
        assert mark.is_set()
