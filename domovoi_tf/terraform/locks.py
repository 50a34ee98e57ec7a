"""Parses state locks from Terraform's error output, from lock files and from tables of locks.

https://developer.hashicorp.com/terraform/language/state/locking
"""

from __future__ import annotations

import fcntl
import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.errors import TerraformError
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import escape_line, format_count, strip_colours

#: The S3 backend appends it to the key of the state; an object of that key is a lock, whatever it contains.
#: https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
S3_SUFFIX = ".tflock"
_LOCK_ERROR = "Error acquiring the state lock"
#: The http backend names the holder's lock here; its "Lock Info" describes the lock that was requested.
_HTTP_LOCK = re.compile(r"HTTP\s+remote\s+state\s+already\s+locked:\s+ID=(\S+)")
_BORDER = re.compile(r"^[│╷╵] ?", re.MULTILINE)
_FIELD = re.compile(r"^ +(ID|Path|Operation|Who|Version|Created): +(.*?) *$", re.MULTILINE)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


class Lock(NamedTuple):
    """A lock that is held.

    Args:
        id: the lock ID.
        path: the path of the state.
        operation: the Terraform command, such as ``apply``.
        who: the holder, as ``user@machine``.
        created: the time of the lock, in UTC.
    """

    id: str
    path: str
    operation: str
    who: str
    created: datetime | None

    def describe(self, now: datetime | None = None) -> str:
        """Returns the holder, the operation and the time of the lock, as part of a sentence.

        Args:
            now: the current time (default: the clock).
        """
        holder = f"{self.who or 'an unknown user'}{f' for {self.operation}' if self.operation else ''}"
        holder = escape_line(holder)  # from a file that anyone with access to the state can write
        if self.created is None:
            return holder
        age = format_age((now or datetime.now(timezone.utc)) - self.created)
        return f"{holder} since {self.created:%Y-%m-%d %H:%M:%S} UTC ({age})"

    def describe_with_id(self) -> str:
        """Returns the description and the lock ID, which lock files that cannot be read do not tell."""
        return f"{self.describe()}; lock {escape_line(self.id)}" if self.id else self.describe()


class LockedError(TerraformError):
    """Another process holds the lock of a state.

    Args:
        lock: the lock.
        stage: the stage whose state is locked.
        exit_code: Terraform's exit code.
    """

    def __init__(self, lock: Lock, stage: str, exit_code: int = 1) -> None:
        super().__init__(
            f"The state of {stage} is locked by {lock.describe_with_id()}.",
            "Nothing was changed. Try again when they are done; plan, apply, deploy, drift and destroy can "
            "wait with --lock-timeout 10m. "
            f"If nobody works on it any more, remove the lock: {spell('backend unlock', stage)}",
            exit_code,
        )
        self.lock = lock


def parse_error(text: str) -> Lock | None:
    """Parses Terraform's error about a lock; returns None for any other error.

    Args:
        text: Terraform's standard error.
    """
    plain = _BORDER.sub("", strip_colours(text))
    if _LOCK_ERROR not in plain or "Lock Info:" not in plain:
        return None
    fields = dict(_FIELD.findall(plain.partition("Lock Info:")[2]))
    if http_lock := _HTTP_LOCK.search(plain):
        fields = {"ID": http_lock[1]}
    return _make_lock(fields) if fields.get("ID") else None


def parse_file(content: bytes | str, path: str) -> Lock:
    """Parses a lock file, such as S3's ``.tflock``; if it is not one, only the path of the lock is known.

    Args:
        content: the content of the file.
        path: the path of the state.
    """
    try:
        fields = json.loads(content)
    except ValueError:
        fields = None
    if isinstance(fields, dict) and fields.get("ID"):
        return _make_lock(fields)
    return Lock(id="", path=path, operation="", who="", created=None)


def read_file_lock(path: Path) -> Lock | None:
    """Returns the lock of a state in a local file; None if no process holds it.

    The lock is the operating system's and ends with its process, even if that left its lock file behind.

    Args:
        path: the state file.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            info = path.with_name(f".{path.name}.lock.info")
            return parse_file(info.read_bytes() if info.exists() else b"", str(path))
    return None


def read_table_lock(client: Any, table: str, path: str) -> Lock | None:
    """Returns the lock of a state in a DynamoDB table; None if nobody holds it.

    Args:
        client: a boto3 client of DynamoDB.
        table: the name of the table.
        path: the path of the state: its bucket and its key.

    https://developer.hashicorp.com/terraform/language/backend/s3#dynamodb-state-locking
    """
    response = client.get_item(TableName=table, Key={"LockID": {"S": path}}, ConsistentRead=True)
    item = response.get("Item")
    return parse_file(item.get("Info", {}).get("S", ""), path) if item else None


def raise_if_locked(text: str, stage: str, exit_code: int) -> None:
    """Raises LockedError if Terraform failed because the state is locked.

    Args:
        text: Terraform's standard error.
        stage: the stage.
        exit_code: Terraform's exit code.

    Raises:
        LockedError: the text is an error about a lock.
    """
    if lock := parse_error(text):
        raise LockedError(lock, stage, exit_code)


def format_age(age: timedelta) -> str:
    """Formats an age in its largest unit, such as "2 hours ago".

    Args:
        age: the time that has passed.
    """
    seconds = age.total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{format_count(int(seconds // size), unit)} ago"
    return "less than a minute ago"


def _make_lock(fields: dict[str, object]) -> Lock:
    values = {name: str(fields.get(name) or "") for name in ("ID", "Path", "Operation", "Who", "Created")}
    operation = values["Operation"].removeprefix("OperationType")
    return Lock(
        id=values["ID"],
        path=values["Path"],
        operation=operation.lower() if operation != values["Operation"] else operation,
        who=values["Who"],
        created=_parse_time(values["Created"]),
    )


def _parse_time(text: str) -> datetime | None:
    match = _TIME.match(text)
    if not match:
        return None
    return datetime.strptime(" ".join(match.groups()), "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
