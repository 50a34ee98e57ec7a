"""Records of what importing an app read: its modules and its data files."""

from __future__ import annotations

from domovoi_tf.model.application import Application
from domovoi_tf.model.record import Frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: A file and a line. The import statement, or the call that opens a file, comes first, then its callers.
    Frames = tuple[tuple[str, int], ...]


class ImportedModule(Frozen):
    """A module that the app, or a module that it imports, imported.

    ``file`` is absolute, and empty for a module of the standard library. ``frames`` are the lines that led to
    the first import. ``by_path`` tells whether it was loaded from the path of its file, and not by its name.
    """

    name: str
    file: str
    frames: Frames = ()
    by_path: bool = False


class OpenedFile(Frozen):
    """A file of the project that was opened for reading, or run, and belongs to no imported module."""

    file: str
    frames: Frames = ()


class ReadMetadata(Frozen):
    """The metadata of an installed distribution, which was read by its normalized name."""

    name: str
    frames: Frames = ()


class ReadApplication(Application):
    """An application, with what importing it read.

    ``modules`` are the project's own modules and, of other packages, the outermost module only; ``files`` are
    other files of the project. ``metadata`` is that of installed distributions.
    """

    modules: tuple[ImportedModule, ...] = ()
    files: tuple[OpenedFile, ...] = ()
    metadata: tuple[ReadMetadata, ...] = ()
