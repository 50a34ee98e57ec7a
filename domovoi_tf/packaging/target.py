"""The Lambda runtime for which a deployment package is built."""

from __future__ import annotations

import re

from domovoi_tf.errors import PackageError
from domovoi_tf.system.records import Record

_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


class Target(Record):
    """The Lambda runtime for which a package is built.

    Args:
        python: version of the runtime, such as ``3.13``.
        architecture: instruction set, ``x86_64`` or ``arm64``.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    """

    python: str = "3.13"
    architecture: str = "x86_64"

    def __str__(self) -> str:
        return f"Python {self.python} on {self.architecture}"

    @property
    def platform(self) -> str:
        """The platform in the terms of uv: Amazon Linux 2 up to Python 3.11, then Amazon Linux 2023.

        Raises:
            PackageError: Lambda has no such architecture, or the version is not valid.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
        """
        if self.architecture not in _MACHINES:
            raise PackageError(f"Lambda has no architecture {self.architecture!r}.", "Use x86_64 or arm64.")
        if not re.fullmatch(r"3\.\d+", self.python):
            raise PackageError(f"{self.python!r} is not a version of Python.", "Use a version such as 3.13.")
        # Amazon Linux 2 has glibc 2.26, for which uv's nearest platform is 2.17; Amazon Linux 2023 has 2.34.
        glibc = "2_34" if int(self.python[2:]) >= 12 else "2_17"
        return f"{_MACHINES[self.architecture]}-manylinux_{glibc}"
