"""Writes a package index to a folder, with wheels and source distributions, so that tests need no network."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

#: A build backend without dependencies. The file `tag` of a source determines the tag of its wheel.
BACKEND = """
import base64, hashlib, os, zipfile
def _metadata(): return open("PKG-INFO").read()
def build_wheel(folder, config_settings=None, metadata_directory=None):
    if os.path.exists("broken"): raise SystemExit("the compiler is not found")
    tag, (name, version) = open("tag").read(), open("named").read().split()
    about = f"{name}-{version}.dist-info"
    pure = str(tag.endswith("any")).lower()
    wheel = f"Wheel-Version: 1.0\\nRoot-Is-Purelib: {pure}\\nTag: {tag}\\n"
    with zipfile.ZipFile(f"{folder}/{name}-{version}-{tag}.whl", "w") as archive:
        archive.writestr(f"{name}.py", open(f"{name}.py").read())
        archive.writestr(f"{about}/METADATA", _metadata())
        archive.writestr(f"{about}/WHEEL", wheel)
        listed = [*archive.namelist(), f"{about}/RECORD"]
        archive.writestr(f"{about}/RECORD", "".join(f"{each},,\\n" for each in listed))
    return f"{name}-{version}-{tag}.whl"
def build_sdist(folder, config_settings=None): raise NotImplementedError
"""
PURE, HERE = "py3-none-any", "cp311-cp311-linux_x86_64"


def use_index(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """Creates an index in a folder, makes it the only index of uv, and returns it."""
    patch.setenv("DOMOVOI_TF_HOME", str(folder / "cache"))
    patch.setenv("UV_CACHE_DIR", str(folder / "uv"))
    patch.setenv("UV_OFFLINE", "1")
    patch.setenv("UV_NO_INDEX", "1")
    patch.setenv("UV_FIND_LINKS", str(folder / "index"))
    (folder / "index").mkdir()
    return folder / "index"


def write_files(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def add_wheel(
    index: Path,
    name: str,
    version: str = "1.0",
    tag: str = PURE,
    needs: tuple[str, ...] = (),
    text: str | None = None,
) -> str:
    """Adds a wheel to the index, and returns its hash as an option of a requirement."""
    about = f"{name.replace('-', '_')}-{version}.dist-info"
    files = {
        f"{name.replace('-', '_')}.py": text or f"{version}\n",
        f"{about}/METADATA": render_metadata(name, version, needs),
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    path = index / f"{name.replace('-', '_')}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in files.items():
            archive.writestr(each, text)
        archive.writestr(f"{about}/RECORD", "".join(f"{each},,\n" for each in [*files, f"{about}/RECORD"]))
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def render_metadata(name: str, version: str, needs: tuple[str, ...] = ()) -> str:
    lines = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"]
    return "\n".join([*lines, *(f"Requires-Dist: {each}" for each in needs)]) + "\n"


def make_source(name: str, version: str, tag: str, **more: str) -> dict[str, str]:
    backend = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    return {
        "pyproject.toml": backend,
        "backend.py": BACKEND,
        "PKG-INFO": render_metadata(name, version),
        "tag": tag,
        "named": f"{name} {version}",
        f"{name}.py": f"{version}\n",
        **more,
    }


def add_sdist(index: Path, name: str, version: str, tag: str, **more: str) -> None:
    with tarfile.open(index / f"{name}-{version}.tar.gz", "w:gz") as archive:
        for each, text in make_source(name, version, tag, **more).items():
            info = tarfile.TarInfo(f"{name}-{version}/{each}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
