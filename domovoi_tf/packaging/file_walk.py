"""Lists the files of a project's folders for the package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.loading.project_modules import NOT_SOURCE


class FileWalk:
    """Lists the regular files of folders, and follows links that stay inside the project.

    Args:
        inside: the project's folder.
    """

    def __init__(self, inside: Path) -> None:
        self.inside = inside
        self.boundary = inside.resolve()

    def list_files(self, folder: Path, is_skipped: Callable[[Path], bool] | None = None) -> Iterator[Path]:
        """Yields the files below a folder, without those that editors, tools and Python leave there.

        Args:
            folder: the folder.
            is_skipped: returns whether to leave out a file, or a folder with its contents (default: none).

        Raises:
            PackageError: a file is unreadable, not regular, or outside the project.
        """
        if folder.is_symlink() or folder.is_dir():
            yield from self._walk_folder(folder, (), is_skipped)

    def check_file(self, path: Path) -> Path:
        """Returns a path.

        Raises:
            PackageError: it is outside the project, or cannot be read.
        """
        self._resolve(path)
        return path

    def _walk_folder(
        self, folder: Path, above: tuple[Path, ...], is_skipped: Callable[[Path], bool] | None
    ) -> Iterator[Path]:
        real = self._resolve(folder)
        if real in above:
            raise PackageError(
                f"{self._format_path(folder)} links to a folder that contains it.", "Remove the link."
            )
        for path in self._list_children(folder):
            if is_skipped and is_skipped(path):
                continue
            if self._resolve(path).is_dir():
                yield from self._walk_folder(path, (*above, real), is_skipped)
            elif path.is_file():
                yield path
            else:
                raise PackageError(f"{self._format_path(path)} is not a regular file.", "Remove it.")

    def _list_children(self, folder: Path) -> list[Path]:
        try:
            return sorted(path for path in folder.iterdir() if not NOT_SOURCE.fullmatch(path.name))
        except OSError as error:
            raise make_read_error(self._format_path(folder), error) from error

    def _resolve(self, path: Path) -> Path:
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself, until Python 3.12
            raise make_read_error(self._format_path(path), error) from error
        if not real.is_relative_to(self.boundary):
            message = f"{self._format_path(path)} links to {real}, which is outside the project folder."
            raise PackageError(message, "Replace the link with a copy of the file or folder.")
        return real

    def _format_path(self, path: Path) -> str:
        return path.relative_to(self.inside).as_posix()


def make_read_error(shown: str, error: Exception) -> PackageError:
    """Returns the error for a file that cannot be read.

    Args:
        shown: the file's name for the message.
        error: the error of the operating system.
    """
    reason = getattr(error, "strerror", None) or str(error)
    return PackageError(f"{shown} cannot be read: {reason}.", "Correct its permissions, or remove it.")
