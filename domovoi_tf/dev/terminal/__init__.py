"""Shows on the terminal what `domovoi-tf dev` does: events, their logs and failures, new code and changes.

``lines`` and ``problems`` build texts, and ``view`` writes them.
"""

from __future__ import annotations

from domovoi_tf.dev.terminal.view import View

__all__ = ["View"]
