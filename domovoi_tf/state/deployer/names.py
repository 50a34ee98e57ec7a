"""The patterns of names on AWS that begin with an app's name, also if a module shortens them."""

from __future__ import annotations

import re

#: The characters before a dot and a digest in the long names of the roles of schedules and of state machines.
_ROLE_CUTS = (55, 48)
#: The characters of a load balancer's or target group's name before the digest of one that is shortened.
_BALANCER_CUT = 25


def list_role_patterns(prefix: str, app: str) -> list[str]:
    """Returns patterns of the names of an app's roles, with their paths.

    ``modules/state_machine`` and ``modules/triggers/scheduler`` cut names that IAM would reject as too long.

    Args:
        prefix: the path and the prefix before the app's name.
        app: the app's name, with the stage.
    """
    path, slash, name = f"{prefix}{app}".rpartition("/")
    cut = [f"{name[:length]}.*" for length in _ROLE_CUTS if len(name) > length]
    return sorted(f"{path}{slash}{each}" for each in (name, f"{name}-*", f"{name}.*", *cut))


def list_balancer_patterns(app: str) -> list[str]:
    """Returns patterns of the names of an app's load balancer and target groups.

    ``modules/load_balancer`` and ``modules/triggers/alb`` replace other characters than letters, digits and
    hyphens, and the first removes ``internal-``, which the names of load balancers must not begin with.

    Args:
        app: the app's name, with the stage.
    """
    plain = re.sub("[^A-Za-z0-9]+", "-", app)
    patterns = {f"{_cut(app)}*", f"{_cut(plain)}*"}
    if plain.startswith("internal-"):
        patterns.add(f"{_cut(plain.removeprefix('internal-'))}-??????")
    return sorted(patterns)


def _cut(name: str) -> str:
    return name[:_BALANCER_CUT].strip("-")
