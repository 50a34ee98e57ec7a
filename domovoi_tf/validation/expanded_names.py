"""Completes names with those of the app and the stage, and suggests other spellings."""

from __future__ import annotations

import re

from domovoi_tf.model.names import NAME_KEY, STAGE_KEY, Scoped, resolve
from domovoi_tf.model.trigger import Limit, spell
from domovoi_tf.settings import Settings


def expand_name(name: str | Scoped, settings: Settings) -> str:
    """Returns the name of a resource on AWS."""
    return resolve(name, {NAME_KEY: settings.name, STAGE_KEY: settings.stage})


def suggest_lower_case(limit: Limit, name: str | Scoped, settings: Settings) -> str:
    """Returns a sentence with a valid spelling of a name in lower case, or an empty string.

    Args:
        limit: the constraints of the name.
        name: the name, which is not valid.
        settings: the stage's settings.
    """
    for other in _spell_in_lower_case(name, settings) if limit.is_lower_case else ():
        if re.fullmatch(limit.pattern, expand_name(other, settings)):
            return f"Write {spell(other) if isinstance(other, Scoped) else repr(other)}. "
    return ""


def _spell_in_lower_case(name: str | Scoped, settings: Settings) -> tuple[str | Scoped, ...]:
    if isinstance(name, str):
        return (_convert(name),)
    own, form = _convert(name.name), name.form or f"{settings.app_name}-{{stage}}-{{name}}"
    return Scoped(name=own, form=name.form), Scoped(name=own, form=_convert(form))


def _convert(text: str) -> str:
    return text.lower().replace("_", "-")
