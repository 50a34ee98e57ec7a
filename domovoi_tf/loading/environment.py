"""Builds the environment in which an app is imported.

It has the stage's variables and, of the shell's, only those that Python needs. So an app declares the same on
every machine, in every shell and with every AWS account.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

#: The shell's variables that programs need on this machine.
_SHELL_VARIABLES = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|COLUMNS|NO_COLOR|LANG|LC_\w+|TZ|TMPDIR"
    r"|PYTHON\w+|VIRTUAL_ENV|CONDA_PREFIX|PYENV_\w+|LD_LIBRARY_PATH|DYLD_\w+"
    r"|(?i:(https?|ftp|all|no)_proxy)|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE"
)
#: boto3 clients at module level need a Region, which Lambda's environment has.
_DEFAULT_REGION = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1"}
#: Keeps the AWS SDKs from finding credentials in files and in the instance's metadata.
#: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
_NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_CREDENTIALS = re.compile(
    r"AWS_(ACCESS_KEY|SECRET|SESSION|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|ROLE|WEB_IDENTITY|CONTAINER"
    r"|CREDENTIAL)\w*"
)


def build_app_environment(shell: Mapping[str, str], stage: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment variables of the process that imports an app.

    Args:
        shell: the environment variables of this process.
        stage: the environment variables that the stage's functions have.
    """
    shell_variables = {name: value for name, value in shell.items() if _SHELL_VARIABLES.fullmatch(name)}
    stage_variables = {name: value for name, value in stage.items() if not _CREDENTIALS.fullmatch(name)}
    return {**shell_variables, **_DEFAULT_REGION, **stage_variables, **_NO_CREDENTIALS}
