"""Builds the environment in which an app is imported.

It has the stage's variables and, of the shell's, only those that Python needs. So an app declares the same on
every machine, in every shell and with every AWS account, unless it asks for the shell's credentials.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

#: The environment variable that is set if the app has the shell's AWS credentials.
CREDENTIALS_MARK = "_DOMOVOI_TF_WITH_CREDENTIALS"
#: The variables that Lambda sets.
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_RESERVED = frozenset(
    """
    _HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE
    AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID
    AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR
    """.split()  # noqa: SIM905 - a list of names reads better one after another
)
_SECRET_NAME = re.compile(
    r"secret|passw|passphrase|private|credential|token|(api|access|auth|signing)_?key", re.IGNORECASE
)

#: The shell's variables that programs need on this machine.
_SHELL_VARIABLES = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|COLUMNS|NO_COLOR|LANG|LC_\w+|TZ|TMPDIR"
    r"|PYTHON\w+|PYDEVD_\w+|VIRTUAL_ENV|CONDA_PREFIX|PYENV_\w+|LD_LIBRARY_PATH|DYLD_\w+"
    r"|(?i:(https?|ftp|all|no)_proxy)|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE"
)
#: The user and the password in the URL of a proxy, which may lack its scheme.
_PROXY_LOGIN = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)?.*@", re.DOTALL)
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


def is_reserved(name: str) -> bool:
    """Returns whether Lambda or domovoi-tf sets a variable, so that the configuration cannot."""
    return name in _RESERVED or name.startswith("DOMOVOI_TF_")


def is_credential(name: str) -> bool:
    """Returns whether the AWS SDKs read credentials, or where to find them, from a variable."""
    return _CREDENTIALS.fullmatch(name) is not None


def is_secret_name(name: str) -> bool:
    """Returns whether the name of a variable suggests that its value is secret."""
    return _SECRET_NAME.search(name) is not None


def build_app_environment(
    shell: Mapping[str, str], stage: Mapping[str, str], with_credentials: bool = False
) -> dict[str, str]:
    """Returns the environment variables of the process that imports an app.

    Args:
        shell: the environment variables of this process.
        stage: the environment variables that the stage's functions have.
        with_credentials: whether it has the shell's settings of the AWS SDKs.
    """
    shell_variables = {
        name: _PROXY_LOGIN.sub(r"\1", value) if name.lower().endswith("_proxy") else value
        for name, value in shell.items()
        if _SHELL_VARIABLES.fullmatch(name)
    }
    stage_variables = {name: value for name, value in stage.items() if not is_credential(name)}
    if with_credentials:
        settings = {name: value for name, value in shell.items() if _SDK_SETTINGS.fullmatch(name)}
        region = {} if _has_configuration(shell) else _DEFAULT_REGION
        return {**shell_variables, **region, **settings, **stage_variables, CREDENTIALS_MARK: "1"}
    return {**shell_variables, **_DEFAULT_REGION, **stage_variables, **_NO_CREDENTIALS}


def _has_configuration(shell: Mapping[str, str]) -> bool:
    """Returns whether the AWS SDKs have a configuration file, whose Region a variable would override."""
    return Path(shell.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser().is_file()
