"""Reads the settings of a stage from ``.chalice/config.json``, with Chalice's order of precedence.

``keys`` declares the keys. ``type_checks``, ``constraints`` and ``cross_checks`` find problems,
``precedence`` selects the nearest value, and ``effective`` combines it with the app's declaration of a
function. The folder ``policy`` checks IAM policies.

https://aws.github.io/chalice/topics/configfile.html
"""

from __future__ import annotations

from domovoi_tf.settings.loader import CONFIG, load
from domovoi_tf.settings.model import FunctionSettings, Settings

__all__ = ["CONFIG", "FunctionSettings", "Settings", "load"]
