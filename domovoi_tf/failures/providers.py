"""Explains failures of the installation of providers, and of the network."""

from __future__ import annotations

import re

from domovoi_tf.failures.explanation import Explanation, Failure
from domovoi_tf.system.suggestions import spell


def explain_missing_provider(failure: Failure) -> Explanation:
    """Explains that `terraform init` has not installed what the stage needs."""
    return Explanation(
        f"The providers or modules of {failure.stage} are not installed.",
        f"Run `{spell('init', failure.stage)}`.",
    )


def explain_checksum(failure: Failure) -> Explanation:
    """Explains that a provider is not the one whose checksum is in the lock file."""
    provider = _find_provider(failure)
    return Explanation(
        f"The provider {provider} on this machine has another checksum than those in .terraform.lock.hcl.",
        "If the lock file was made on another kind of machine, run in the stage's folder: terraform "
        "providers lock -platform=linux_amd64 -platform=darwin_arm64. Otherwise compare the provider's "
        "source with your colleagues'; to trust this one: "
        f"{spell('init', failure.stage)} -- -upgrade",
    )


def explain_provider_version(failure: Failure) -> Explanation:
    """Explains that no version of a provider meets the constraints and the lock file."""
    return Explanation(
        f"The version of {_find_provider(failure)} in .terraform.lock.hcl is not available, or does not meet "
        "the constraints.",
        f"Run `{spell('init', failure.stage)} -- -upgrade` to choose another version, and check the "
        "mirror if there is one.",
    )


def explain_runtime(failure: Failure) -> Explanation | None:
    """Explains that the installed AWS provider is older than a runtime of Lambda."""
    match = re.search(r"got (python[\d.]+)", failure.sentence)
    known = [int(minor) for minor in re.findall(r'"python3\.(\d+)"', failure.sentence)]
    if not match or not known:
        return None
    return Explanation(
        f"The installed AWS provider does not know the runtime {match[1]}.",
        f'Set python_version in .chalice/config.json to "3.{max(known)}", or install a newer provider: '
        f"{spell('init', failure.stage)} -- -upgrade",
    )


def explain_registry(failure: Failure) -> Explanation:
    """Explains that the registry of providers cannot be reached."""
    return Explanation(
        f"The provider {_find_provider(failure)} cannot be downloaded: the registry does not answer.",
        "Check the network and HTTPS_PROXY. Without a network, name a folder with providers in "
        "TF_PLUGIN_MIRROR.",
    )


def explain_network(failure: Failure) -> Explanation:
    """Explains that an endpoint of AWS, or the emulator, cannot be reached."""
    match = re.search(r'"(https?://[^/"]+)', failure.sentence)
    url = match[1] if match else "AWS"
    reason = re.search(
        r"(connection refused|no such host|i/o timeout|network is unreachable|connection reset by peer|"
        r"certificate [^:]*$|tls: [^:]*|EOF)",
        failure.sentence,
    )
    message = f"{url} cannot be reached: {reason[1] if reason else 'there is no answer'}."
    is_aws = "operation error" in failure.sentence
    if is_aws and re.match(r"https?://(?:127\.|localhost|\[::1\])", url):
        return Explanation(
            message,
            "If this is the emulator, start it with `domovoi-tf local up`, then run "
            'eval "$(domovoi-tf local env)" in this shell. To use AWS instead, open a new shell.',
        )
    setting = "AWS_REGION" if is_aws else "the configured address"
    return Explanation(message, f"Check {setting}, the network and HTTPS_PROXY.")


def _find_provider(failure: Failure) -> str:
    match = re.search(r"(?:registry\.[\w.]+/)?([\w-]+/[\w-]+)(?=[ :]v?\d|:? |: )", failure.sentence)
    known = re.search(r"\b(hashicorp/[\w-]+)", failure.sentence)
    return known[1] if known else (match[1] if match else "of this stage")
