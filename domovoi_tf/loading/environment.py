"""The environment that an app is imported in: its stage's, and of the shell's only what makes Python work.

An app then declares the same whoever reads it: what differs by machine, shell or AWS account is not there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

#: What of the shell's environment programs need to work on this machine.
_PASSED = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|COLUMNS|NO_COLOR|LANG|LC_\w+|TZ|TMPDIR"
    r"|PYTHON\w+|VIRTUAL_ENV|CONDA_PREFIX|PYENV_\w+|LD_LIBRARY_PATH|DYLD_\w+"
    r"|(?i:(https?|ftp|all|no)_proxy)|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE"
)
#: boto3 clients at module level want a region, and Lambda has one.
_REGION = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1"}
#: Where the AWS SDKs look for credentials: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
_NOWHERE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_CREDENTIALS = re.compile(
    r"AWS_(ACCESS_KEY|SECRET|SESSION|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|ROLE|WEB_IDENTITY|CONTAINER"
    r"|CREDENTIAL)\w*"
)


def app_environment(shell: Mapping[str, str], stage: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment variables of the process that imports an app.

    Args:
        shell: those of the tool's own process.
        stage: the stage's, as the functions have them.
    """
    passed = {name: value for name, value in shell.items() if _PASSED.fullmatch(name)}
    own = {name: value for name, value in stage.items() if not _CREDENTIALS.fullmatch(name)}
    return {**passed, **_REGION, **own, **_NOWHERE}
