"""Identifies module calls by what their triggers are, and not by their addresses or their handlers' names."""

from __future__ import annotations

from hashlib import sha256

from domovoi_tf.model.names import Scoped, Variable
from domovoi_tf.model.trigger import Route, spell

_MAX_LENGTH, _DIGEST_LENGTH = 120, 8


def identify_call(route: Route) -> str | None:
    """Returns what tells the module call of a route from others of its kind and function.

    Returns None if the route has no call of its own.

    Args:
        route: the route. Others may share its call.
    """
    trigger = route.trigger
    return _shorten(trigger.call_name() or trigger.spell_source()) if trigger.has_call else None


def list_derived_names(route: Route) -> tuple[str, ...]:
    """Returns the names on AWS that would be others if the handler of a route had another name, sorted."""
    names = [_spell_name(name) for _, name in route.trigger.names(route.handler)]
    others = {_spell_name(name) for _, name in route.trigger.names(f"{route.handler}_")}
    return tuple(sorted({name for name in names if name not in others}))


def _spell_name(name: str | Scoped | Variable) -> str:
    """Returns a name on AWS in words: with ``<app>`` and ``<stage>`` for the parts that a stage supplies."""
    if isinstance(name, Scoped) and not name.form:
        return f"<app>-<stage>-{name.name}"
    return spell(name)


def _shorten(source: str) -> str:
    """Returns a source as the app spells it; a digest stands for the end of a long one."""
    if len(source) <= _MAX_LENGTH:
        return source
    digest = sha256(source.encode(errors="surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
    return f"{source[: _MAX_LENGTH - _DIGEST_LENGTH - 1]} {digest}"
