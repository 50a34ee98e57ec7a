"""Checks the format of the modules and of the examples with ``terraform fmt``, for ``make check``."""

from __future__ import annotations

import os
import sys

from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import configure_providers, find_binary
from domovoi_tf.terraform.runner import Terraform

if __name__ == "__main__":
    environment, binary = configure_providers(os.environ), find_binary(os.environ)
    folders = (assets.find_modules(), assets.find_examples())
    runners = [Terraform(folder, environment, binary) for folder in folders]
    sys.exit(max(runner.run("fmt", "-check", "-diff", "-recursive") for runner in runners))
