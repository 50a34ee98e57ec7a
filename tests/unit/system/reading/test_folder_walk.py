"""Folders are listed through links, and no link makes that endless."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from domovoi_tf.system.reading import folder_walk
from domovoi_tf.system.reading.folder_walk import LinkError, walk_files


def walk(folder: Path, boundary: Path | None = None, skipped: str = "") -> list[str]:
    paths = walk_files(folder, lambda path: path.name == skipped, boundary)
    return [path.relative_to(folder).as_posix() for path in paths]


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def get_error(folder: Path, boundary: Path | None = None) -> tuple[str, str]:
    with pytest.raises(LinkError) as raised:
        walk(folder, boundary)
    return str(raised.value), raised.value.remedy


def link_doubly(folder: Path, depth: int) -> None:
    """Creates folders 0, 1, ... with two links each, one and two, to the next one."""
    for number in range(depth):
        (folder / str(number)).mkdir()
        for name in ("one", "two"):
            (folder / str(number) / name).symlink_to(folder / str(number + 1))
    write(folder, f"{depth}/file")


def test_files_are_listed_in_order_without_the_skipped_ones(tmp_path: Path) -> None:
    write(tmp_path, "b", "a/b/c", "a/a", "a/skipped/x", "skipped")
    assert walk(tmp_path, skipped="skipped") == ["a/a", "a/b/c", "b"]


def test_links_are_followed_and_each_path_is_listed(tmp_path: Path) -> None:
    top, _ = write(tmp_path / "top", "a/x", "file"), write(tmp_path / "other", "deep/y")
    (top / "b").symlink_to("a")
    (top / "c").symlink_to(tmp_path / "other")
    (top / "d").symlink_to("file")
    assert walk(top) == ["a/x", "b/x", "c/deep/y", "d", "file"]


def test_special_files_and_links_that_are_not_followed_are_listed(tmp_path: Path) -> None:
    top = write(tmp_path / "top", "a/x")
    os.mkfifo(top / "fifo")
    for name, target in {
        "gone": "nowhere",
        "self": "self",
        "up": "..",
        "top": "/",
        "zero": "/dev/zero",
    }.items():
        (top / "a" / name).symlink_to(target)
    assert walk(top) == ["a/gone", "a/self", "a/top", "a/up", "a/x", "a/zero", "fifo"]


@pytest.mark.parametrize("target", ["/", "/proc", "/dev/zero", "../outside", "../outside/file", "../nowhere"])
def test_link_out_of_the_boundary_is_an_error_before_it_is_followed(tmp_path: Path, target: str) -> None:
    top, _ = write(tmp_path / "top", "a/x"), write(tmp_path / "outside", "file")
    (top / "up").symlink_to(target)
    assert get_error(top, top) == (
        f"{top}/up links to {(top / target).resolve()}, which is outside the project folder.",
        "Replace the link with a copy of the file or folder.",
    )


def test_links_that_multiply_the_paths_are_an_error(tmp_path: Path) -> None:
    link_doubly(tmp_path, 25)
    last = "/".join(["0", *["one"] * 18, "two", *["one"] * 6])
    assert get_error(tmp_path / "0", tmp_path) == (
        f"{tmp_path}/{last} leads to {tmp_path}/25, as 64 other paths do.",
        "Remove links, so that fewer paths lead to the same files.",
    )


def test_folder_may_have_many_paths(tmp_path: Path) -> None:
    link_doubly(tmp_path, 6)
    assert len(walk(tmp_path / "0", tmp_path)) == folder_walk.MAX_PATHS


def test_links_that_add_too_many_files_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_walk, "MAX_LINKED", 2)
    top, big = write(tmp_path / "top", "a/x", "a/y", "a/z"), write(tmp_path / "big", "1", "2")
    (top / "link").symlink_to(big)
    assert walk(top) == ["a/x", "a/y", "a/z", "link/1", "link/2"]
    write(big, "3")
    assert get_error(top) == (
        f"{top}/link/3 is one of more than 2 files that links add below {top}.",
        "Remove links, so that fewer paths lead to the same files.",
    )


def test_unreadable_folder_is_an_error_with_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)  # root, which runs the tests at times, reads everything
    with pytest.raises(PermissionError) as raised:
        walk(tmp_path)
    assert raised.value.filename == str(tmp_path)
