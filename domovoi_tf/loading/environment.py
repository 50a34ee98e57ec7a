"""Builds the environment in which an app is imported.

It has the stage's variables and, of the shell's, only those that Python needs. So an app declares the same on
every machine, in every shell and with every AWS account, unless it asks for the shell's credentials.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from domovoi_tf.loading.failures import CREDENTIALS_MARK

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
#: The variables that configure the AWS SDKs, without those that Lambda and other services of AWS set.
_SDK_SETTINGS = re.compile(r"AWS_(?!LAMBDA_|EXECUTION_ENV)\w+")
_CREDENTIALS = re.compile(
    r"AWS_(ACCESS_KEY|SECRET|SESSION|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|ROLE|WEB_IDENTITY|CONTAINER"
    r"|CREDENTIAL)\w*"
)


def build_app_environment(
    shell: Mapping[str, str], stage: Mapping[str, str], with_credentials: bool = False
) -> dict[str, str]:
    """Returns the environment variables of the process that imports an app.

    Args:
        shell: the environment variables of this process.
        stage: the environment variables that the stage's functions have.
        with_credentials: whether it has the shell's settings of the AWS SDKs.
    """
    shell_variables = {name: value for name, value in shell.items() if _SHELL_VARIABLES.fullmatch(name)}
    stage_variables = {name: value for name, value in stage.items() if not _CREDENTIALS.fullmatch(name)}
    if with_credentials:
        settings = {name: value for name, value in shell.items() if _SDK_SETTINGS.fullmatch(name)}
        region = {} if _has_configuration(shell) else _DEFAULT_REGION
        return {**shell_variables, **region, **settings, **stage_variables, CREDENTIALS_MARK: "1"}
    return {**shell_variables, **_DEFAULT_REGION, **stage_variables, **_NO_CREDENTIALS}


def _has_configuration(shell: Mapping[str, str]) -> bool:
    """Returns whether the AWS SDKs have a configuration file, whose Region a variable would override."""
    return Path(shell.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser().is_file()
