"""Decides whether the modules of a package are compiled, and with which release of Python.

Releases of one version of Python compile some modules to other bytes. So a rendered tree records the release
that compiled its first package, and a machine without it does not build another package unasked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.bytecode.pythons import FunctionPython, find_python

#: The record of a tree whose packages have no bytecode.
NONE = "none"


@dataclass(frozen=True)
class Choice:
    """Whether to compile.

    Args:
        python: the Python that compiles; None to package only the source.
        reason: why only the source is packaged.
        is_new: whether the tree has to record the outcome.
    """

    python: FunctionPython | None = None
    reason: str = ""
    is_new: bool = False


def choose(
    version: str,
    option: bool | None,
    setting: bool | None,
    recorded: str,
    environ: Mapping[str, str],
) -> Choice:
    """Returns whether to compile, and the Python that does.

    Args:
        version: the version of Python of the functions, such as ``3.13``.
        option: the value of ``--bytecode`` or ``--no-bytecode``, which counts more than the others.
        setting: the value of ``package_bytecode`` in the configuration, which counts more than the record.
        recorded: the release that the tree records, or `NONE`; empty if it records nothing.
        environ: the environment variables, which name the folders to search.

    Raises:
        PackageError: the Python that has to compile is not installed.
    """
    if option is False:
        return Choice(reason="--no-bytecode was given")
    if option is None and setting is False:
        return Choice(reason="package_bytecode is false")
    wanted = bool(option or setting)
    if recorded == NONE and not wanted:
        return Choice(reason="the tree records that its packages have none; --bytecode adds it")
    # `--bytecode` takes the release that is installed, and records that one.
    release = "" if option or recorded == NONE else recorded
    python = find_python(release or version, environ)
    if python is None and (release or wanted):
        raise _make_missing_error(version, release)
    if python is None:
        reason = f"Python {version} is not installed. After `uv python install {version}`, --bytecode adds it"
        return Choice(reason=reason, is_new=True)
    return Choice(python, is_new=not release)


def _make_missing_error(version: str, release: str) -> PackageError:
    source = (
        "Or package only the source: this time with --no-bytecode, or always with "
        '"package_bytecode": false in .chalice/config.json.'
    )
    if not release:
        return PackageError(
            f"Python {version}, which has to compile the modules of the package, is not installed.",
            f"Install it with `uv python install {version}`. {source}",
        )
    return PackageError(
        f"The packages of this tree have bytecode of Python {release}, which is not installed, and another "
        "release may compile to other bytes.",
        f"Install it with `uv python install {release}`. Or compile with an installed Python {version}, and "
        f"record its release, with --bytecode. {source}",
    )
