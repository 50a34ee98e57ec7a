"""Checks the format of the Terraform modules with ``terraform fmt``, for ``make check``."""

from __future__ import annotations

import os
import sys

from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import configure_providers, find_binary
from domovoi_tf.terraform.runner import Terraform

if __name__ == "__main__":
    runner = Terraform(assets.find_modules(), configure_providers(os.environ), find_binary(os.environ))
    sys.exit(runner.run("fmt", "-check", "-diff", "-recursive"))
