"""The hash of an installed provider, and its record."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest

from domovoi_tf.terraform.providers import package_hash


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "terraform-provider-aws").write_bytes(b"program")
    (folder / "LICENSE.txt").write_bytes(b"text")
    return folder


def compute(**files: bytes) -> str:
    lines = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return f"h1:{base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()}"


EXPECTED = compute(**{"terraform-provider-aws": b"program", "LICENSE.txt": b"text"})


def test_hash_is_that_of_go_and_read_once(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert package_hash.hash_package(package) == EXPECTED
    monkeypatch.setattr(package_hash, "_hash_files", lambda *_: "again")
    link = package.with_name("link")
    link.symlink_to(package)
    assert package_hash.hash_package(link) == EXPECTED


def test_replaced_program_is_hashed_again_even_with_its_old_size_and_time(package: Path) -> None:
    package_hash.hash_package(package)
    program = package / "terraform-provider-aws"
    status = program.stat()
    program.write_bytes(b"PROGRAM")
    os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert package_hash.hash_package(package) != EXPECTED


def test_added_file_is_hashed(package: Path) -> None:
    package_hash.hash_package(package)
    (package / "more").write_bytes(b"x")
    assert package_hash.hash_package(package) != EXPECTED


@pytest.mark.parametrize("record", ["", "[]", "{}", '["x", "h1:forged"]', "[[" * 3000])
def test_unreadable_record_is_replaced(package: Path, home: Path, record: str) -> None:
    package_hash.hash_package(package)
    (path,) = (home / "providers").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(record)
    assert package_hash.hash_package(package) == EXPECTED


@pytest.mark.parametrize(
    "text",
    [None, "", 'provider "registry.terraform.io/hashicorp/random" {\n  version = "3.0.0"\n}\n', "provider"],
)
def test_lock_file_without_the_provider_allows_nothing(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / ".terraform.lock.hcl").write_text(text)
    assert package_hash.read_lock(tmp_path, "registry.terraform.io/hashicorp/aws") is None
