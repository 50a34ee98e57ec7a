"""Makes the Terraform labels of everything that an app declares.

A label follows from what it stands for, never from the order of declarations. All labels are in snake_case,
as tflint's rule terraform_naming_convention expects.

https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_naming_convention.md
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from domovoi_tf.model.application import Application
from domovoi_tf.model.names import DEFAULT_FUNCTION, DEFAULT_MACHINE, Variable, make_key
from domovoi_tf.model.trigger import Route, Source, spell
from domovoi_tf.system.records import Record

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name

#: The maximum length. A longer label is cut and ends in a digest.
MAX_LENGTH = 96
DIGEST_LENGTH = 8
#: Labels of other module calls; those that begin with s3_to_ and sns_to_ are of earlier versions.
_RESERVED = re.compile(r"(lambda|iam|state_machine|s3_to_sns|s3_to_sqs|sns_to_sqs)(_.*)?")
#: The end of a word in camel case: fooBar, HTTPServer.
_WORD_END = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
#: The parts of an identity that tell labels apart, in the order in which they become part of a digest.
_Identity = tuple[str, ...]


class Labels(Record):
    """The labels of an app.

    ``calls`` has the label of each route's module call, in the order of the routes; it is empty for a route
    without one. ``sources`` has those of resources and data sources, by type and spelled name. ``functions``
    has the ends of the labels of functions and roles, by the function's name.
    """

    calls: tuple[str, ...]
    sources: Mapping[tuple[str, str], str]
    functions: Mapping[str, str]
    machines: Mapping[str, str]

    def get_function(self, name: str) -> str:
        """Returns the label of a function's module call. The default function has an empty name."""
        return f"lambda{self.functions[name]}"

    def get_role(self, name: str) -> str:
        """Returns the label of the module call for a function's execution role."""
        return f"iam{self.functions[name]}"

    def get_source(self, source: Source) -> str:
        """Returns the label of a source, which is the same in every stage."""
        name = get_label_name(source)
        return self.sources.get((source.type, spell(name))) or make_label(make_key(name))


def get_function_key(name: str) -> str:
    """Returns the key of a function in maps of functions: its name, or ``default``."""
    return name or DEFAULT_FUNCTION


def get_label_name(source: Source) -> Name:
    """Returns the name from which the label of a source follows."""
    return source.name if source.label_name is None else source.label_name


def make_label(text: str) -> str:
    """Returns a label for a string: words of lower-case ASCII letters and digits, with ``_`` between them.

    Accents are left out, and other characters end a word. A label that would begin with a digit, or be empty,
    begins with ``x``.
    """
    words = _make_words(text)
    return words if re.match("[a-z]", words) else f"x{words}"


def assign_labels(application: Application) -> Labels:
    """Returns the labels of an app.

    A handler with one module call gives its name to it; if a handler has several, the name of the source
    follows in each. Whatever would have the same label as something else gets a digest of what it is.

    Args:
        application: the application, which must be valid.
    """
    names = {function.name for function in application.functions}
    functions = {name: f"_{_make_words(name) or 'x'}" for name in names if name}
    machines = {
        each.name: f"state_machine_{_make_words(each.name) or 'x'}"
        for each in application.state_machines
        if each.name != DEFAULT_MACHINE
    }
    return Labels(
        calls=tuple(_assign_calls(application.routes)),
        sources=_assign_sources(application.routes),
        functions={"": "", **_make_names_unique("function", functions)},
        machines={DEFAULT_MACHINE: "state_machine", **_make_names_unique("machine", machines)},
    )


def make_unique_names(routes: Sequence[Route]) -> list[str]:
    """Returns a name for each route that no other route of its kind has, for resources on AWS.

    This is the handler's name. If a handler has several routes of a kind, a digest of the source follows.

    Args:
        routes: the routes of an app.
    """
    counts = Counter((route.handler, route.trigger.kind) for route in routes)
    return [
        f"{route.handler}_{_digest(_identify(route))}"
        if counts[route.handler, route.trigger.kind] > 1
        else route.handler
        for route in routes
    ]


def _assign_calls(routes: Sequence[Route]) -> Iterable[str]:
    counts = Counter(route.handler for route in routes if route.trigger.has_call)
    identities: list[_Identity] = []
    wanted: dict[_Identity, str] = {}
    for route in routes:
        identity: _Identity = ()
        if name := route.trigger.call_name():
            identity, words = (route.trigger.kind, name), name
        elif route.trigger.has_call:
            identity, words = _identify(route), route.handler
            if counts[route.handler] > 1:
                words = f"{route.handler}_{_name_source(route)}"
        identities.append(identity)
        if identity:
            label = make_label(words)
            wanted[identity] = f"handler_{label}" if _RESERVED.fullmatch(label) else label
    labels = _make_unique(wanted)
    return [labels[identity] if identity else "" for identity in identities]


def _identify(route: Route) -> _Identity:
    """Returns what tells a route with a module call of its own from others; the first parts usually do."""
    trigger = route.trigger
    return trigger.kind, _name_source(route), route.handler, trigger.spell_source(), trigger.function


def _name_source(route: Route) -> str:
    """Returns the name of a route's source, or another word if the source has no name."""
    trigger = route.trigger
    word, *fields = trigger.label_source or (trigger.kind,)
    values = [getattr(trigger, field) for field in fields]
    if not fields and (sources := route.list_sources()):
        values = [sources[0].name]
    lists = (value if isinstance(value, (list, tuple)) else [value] for value in values)
    return " ".join(make_key(name) for names in lists for name in names if name) or word


def _assign_sources(routes: Iterable[Route]) -> dict[tuple[str, str], str]:
    types: dict[str, dict[_Identity, str]] = defaultdict(dict)
    for route in routes:
        for each in route.list_sources():
            # A variable in place of another source than a bucket has no block.
            if not (isinstance(each.name, Variable) and each.lookup):
                name = get_label_name(each)
                types[each.type][each.type, spell(name)] = make_label(make_key(name))
    return {
        (type_, spelled): label
        for wanted in types.values()
        for (type_, spelled), label in _make_unique(wanted).items()
    }


def _make_names_unique(kind: str, wanted: Mapping[str, str]) -> dict[str, str]:
    labels = _make_unique({(kind, name): label for name, label in wanted.items()})
    return {name: label for (_, name), label in labels.items()}


def _make_unique(wanted: Mapping[_Identity, str]) -> dict[_Identity, str]:
    """Returns a label for each identity: the wanted one, unless another identity wants it too.

    All that clash get a digest, so that none of them takes a label that another one has had. The digests
    contain more of the identities while labels still clash.
    """
    levels = dict.fromkeys(wanted, 0)
    while True:
        labels = {each: _complete_label(label, each, levels[each]) for each, label in wanted.items()}
        counts = Counter(labels.values())
        clashing = [each for each, label in labels.items() if counts[label] > 1]
        if not clashing:
            return labels
        for each in clashing:
            levels[each] += 1


def _complete_label(label: str, identity: _Identity, level: int) -> str:
    if level:
        # Kind, source and handler are enough except for two functions, or names that differ only in form.
        parts = identity[: level + 2]
        digest = _digest(parts if level == 1 or level + 2 <= len(identity) else (*parts, str(level)))
    elif len(label) > MAX_LENGTH:
        digest = _digest(identity)
    else:
        return label
    return f"{label[: MAX_LENGTH - DIGEST_LENGTH - 1].rstrip('_')}_{digest}"


def _digest(identity: _Identity) -> str:
    text = "\0".join(identity).encode(errors="surrogatepass")
    return sha256(text).hexdigest()[:DIGEST_LENGTH]


def _make_words(text: str) -> str:
    letters = (each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    words = re.split("[^A-Za-z0-9]+", _WORD_END.sub("_", "".join(letters)))
    return "_".join(filter(None, words)).lower()
