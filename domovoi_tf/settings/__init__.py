"""A stage's settings, read from ``.chalice/config.json`` as Chalice reads it: the nearest value wins.

``keys`` says what may stand there, ``decoding`` and ``checks`` what is wrong with it, ``levels`` which value
counts and where it came from, ``policy_file`` what is wrong with an IAM policy.

https://aws.github.io/chalice/topics/configfile.html
"""

from __future__ import annotations

from domovoi_tf.settings.loader import CONFIG, load
from domovoi_tf.settings.model import FunctionSettings, Settings

__all__ = ["CONFIG", "FunctionSettings", "Settings", "load"]
