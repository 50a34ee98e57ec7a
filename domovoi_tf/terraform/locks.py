"""State locks: who holds one, as Terraform's error and a lock file tell it.

https://developer.hashicorp.com/terraform/language/state/locking
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, TextIO

from domovoi_tf.errors import TerraformError

_REFUSED = "Error acquiring the state lock"
#: Where the http backend names the holder: the fields below are those of the one who asks.
_OVER_HTTP = re.compile(r"HTTP\s+remote\s+state\s+already\s+locked:\s+ID=(\S+)")
#: Where an error of Terraform's begins: its box, or its first line where there are no colours.
_BOX = re.compile(r"(?:\x1b\[[0-9;]*m)*╷")
_LINE = re.compile(r"\n?^Error: ", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_BORDER = re.compile(r"^[│╷╵] ?", re.MULTILINE)
_FIELD = re.compile(r"^ +(ID|Path|Operation|Who|Version|Created): +(.*?) *$", re.MULTILINE)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


class Lock(NamedTuple):
    """A lock that is held: its ID, what it is on, by whom, for which operation, and since when (UTC)."""

    id: str
    path: str
    operation: str
    who: str
    created: datetime | None

    def describe(self, now: datetime | None = None) -> str:
        """Returns who holds the lock, for what and since when, as part of a sentence."""
        who = f"{self.who or 'somebody'}{f' for {self.operation}' if self.operation else ''}"
        if self.created is None:
            return who
        passed = ago((now or datetime.now(timezone.utc)) - self.created)
        return f"{who} since {self.created:%Y-%m-%d %H:%M:%S} UTC ({passed})"


class LockedError(TerraformError):
    """Somebody else holds the lock of a state.

    Args:
        lock: the lock.
        stage: the stage whose state it is.
        exit_code: Terraform's own exit code.
    """

    def __init__(self, lock: Lock, stage: str, exit_code: int = 1) -> None:
        super().__init__(
            f"The state of {stage} is locked by {lock.describe()}; lock {lock.id}.",
            "Nothing was changed. Try again when they are done, or wait for them with --lock-timeout 10m. "
            f"Where nobody works on it any more: domovoi-tf backend unlock --stage {stage}",
            exit_code,
        )
        self.lock = lock


def parse(text: str) -> Lock | None:
    """Returns the lock that Terraform's error tells of; None where it is another error.

    Args:
        text: what Terraform wrote to standard error.
    """
    plain = _BORDER.sub("", _COLOUR.sub("", text))
    if _REFUSED not in plain or "Lock Info:" not in plain:
        return None
    fields = dict(_FIELD.findall(plain.partition("Lock Info:")[2]))
    if over_http := _OVER_HTTP.search(plain):
        fields = {"ID": over_http[1]}
    return _lock(fields) if fields.get("ID") else None


def read(content: bytes | str) -> Lock | None:
    """Returns the lock that a lock file holds, such as S3's ``.tflock``; None where it is no such file."""
    try:
        fields = json.loads(content)
    except ValueError:
        return None
    return _lock(fields) if isinstance(fields, dict) and fields.get("ID") else None


def refuse(text: str, stage: str, exit_code: int) -> None:
    """Raises LockedError where Terraform failed because the state is locked.

    Args:
        text: what Terraform wrote to standard error.
        stage: the stage.
        exit_code: Terraform's own exit code.
    """
    if lock := parse(text):
        raise LockedError(lock, stage, exit_code)


def ago(passed: timedelta) -> str:
    """Returns how long ago something was, in the largest unit that it fills."""
    seconds = passed.total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "less than a minute ago"


class Heard:
    """What was held back of Terraform's standard error: a lock error, which is told more plainly."""

    def __init__(self) -> None:
        self.text = ""

    def pass_on(self, text: str) -> str:
        """Returns what may be shown at once, and keeps the rest."""
        if self.text:
            self.text += text
            return ""
        at = text.find(_REFUSED)
        if at < 0:
            return text
        start = _beginning(text[:at])
        self.text = text[start:]
        return text[:start]


@contextlib.contextmanager
def watched() -> Iterator[Heard]:
    """Listens to a child's standard error, which is shown as it comes, but for an error about a lock.

    Where that turns out not to be one that `parse` understands, it is shown in the end.
    """
    before, heard = sys.stderr, Heard()
    reading, writing = os.pipe()
    listener = threading.Thread(target=_listen, args=(reading, heard, before), daemon=True)
    with os.fdopen(writing, "w") as pipe:
        listener.start()
        sys.stderr = pipe
        try:
            yield heard
        finally:
            sys.stderr = before
    listener.join()
    if heard.text and not parse(heard.text):
        before.write(heard.text)
        before.flush()


def _beginning(text: str) -> int:
    """Returns where the error begins that a text ends in the middle of."""
    found = [*_LINE.finditer(text), *_BOX.finditer(text)]
    return found[-1].start() if found else 0


def _listen(reading: int, heard: Heard, terminal: TextIO) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while chunk := pipe.read(65536):
            if shown := heard.pass_on(decoder.decode(chunk)):
                terminal.write(shown)
                terminal.flush()


def _lock(fields: dict[str, object]) -> Lock:
    values = {name: str(fields.get(name) or "") for name in ("ID", "Path", "Operation", "Who", "Created")}
    operation = values["Operation"].removeprefix("OperationType")
    return Lock(
        id=values["ID"],
        path=values["Path"],
        operation=operation.lower() if operation != values["Operation"] else operation,
        who=values["Who"],
        created=_time(values["Created"]),
    )


def _time(text: str) -> datetime | None:
    found = _TIME.match(text)
    if not found:
        return None
    return datetime.strptime(" ".join(found.groups()), "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
