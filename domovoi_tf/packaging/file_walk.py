"""Lists the files of a project's folders for the package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.loading.project_modules import NOT_SOURCE
from domovoi_tf.system.reading.folder_walk import LinkError, make_outside_error, walk_files


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
        if not (folder.is_symlink() or folder.is_dir()):
            return

        def is_left_out(path: Path) -> bool:
            return bool(NOT_SOURCE.fullmatch(path.name) or (is_skipped and is_skipped(path)))

        self._resolve(folder)
        try:
            for path in walk_files(folder, is_left_out, self.boundary):
                self._require_regular(path)
                yield path
        except LinkError as error:
            raise PackageError(f"{self._format_path(error.path)} {error.reason}", error.remedy) from None
        except OSError as error:
            raise make_read_error(self._format_path(Path(error.filename or folder)), error) from error

    def check_file(self, path: Path) -> Path:
        """Returns a path.

        Raises:
            PackageError: it is outside the project, or cannot be read.
        """
        self._resolve(path)
        return path

    def _require_regular(self, path: Path) -> None:
        if not path.is_file():
            self._resolve(path)
            message = "links to a folder that contains it" if path.is_dir() else "is not a regular file"
            remedy = "Remove the link." if path.is_dir() else "Remove it."
            raise PackageError(f"{self._format_path(path)} {message}.", remedy)

    def _resolve(self, path: Path) -> Path:
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself, until Python 3.12
            raise make_read_error(self._format_path(path), error) from error
        if not real.is_relative_to(self.boundary):
            outside = make_outside_error(path, real)
            raise PackageError(f"{self._format_path(path)} {outside.reason}", outside.remedy)
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
