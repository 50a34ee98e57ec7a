"""Puts permissions into sentences, as text for terminals or as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from domovoi_tf.plans.access.policies import EVERYBODY, Condition, Element
from domovoi_tf.plans.attribute_diff import replace_unprintable

_ACCOUNT = re.compile(r"\d{12}")
_SOURCE = {"aws:sourcearn": "from", "aws:sourceaccount": "for account", "aws:sourceowner": "for account"}
_EQUAL = frozenset({"arnequals", "arnlike", "stringequals", "stringlike"})
_VERBS = {
    ("Allow", True): "may now",
    ("Allow", False): "may no longer",
    ("Deny", True): "is now denied",
    ("Deny", False): "is no longer denied",
}
#: Actions on functions and roles in words.
_ACTIONS = {
    "lambda:InvokeFunction": "invoke",
    "lambda:InvokeFunctionUrl": "call the URL of",
    "sts:AssumeRole": "assume",
}


class Part(NamedTuple):
    """A part of a sentence; ``is_code`` if it is a name, an ARN or an action."""

    text: str
    is_code: bool = False


Sentence = tuple[Part, ...]


def words(text: str) -> Sentence:
    """Returns words as a sentence."""
    return (Part(text),)


def code(*texts: str) -> Sentence:
    """Returns names as a sentence, separated by commas."""
    parts = chain.from_iterable((Part(", "), Part(text, True)) for text in texts)
    return tuple(parts)[1:]


def join(*sentences: Sentence) -> Sentence:
    """Returns sentences as one, separated by spaces; empty ones are left out."""
    parts = chain.from_iterable((Part(" "), *sentence) for sentence in sentences if sentence)
    return tuple(parts)[1:]


def format_text(sentence: Sentence) -> str:
    """Returns a sentence for a terminal."""
    return "".join(replace_unprintable(part.text) for part in sentence)


def format_markdown(sentence: Sentence) -> str:
    """Returns a sentence as Markdown on one line. https://github.github.com/gfm/."""
    return "".join(
        format_code(part.text) if part.is_code else escape_markdown(replace_unprintable(part.text))
        for part in sentence
    )


def format_code(text: str) -> str:
    """Returns a text as a code span, whose fence is longer than any run of backticks in it.

    Args:
        text: untrusted text.
    """
    text = replace_unprintable(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def escape_markdown(text: str) -> str:
    """Returns a text with escapes for the characters that have a meaning in Markdown.

    Args:
        text: the text.
    """
    return re.sub(r"([\\`*_\[\]<>|&~@#])", r"\\\1", text)


def describe_principal(principal: Element) -> Sentence:
    """Returns who a principal of a policy is.

    Args:
        principal: the principal, as `parse_policy` returns it.
    """
    if principal.is_excluded:
        return join(words("everyone except"), code(*map(_name_principal, principal.values)))
    (name,) = principal.values
    if name == EVERYBODY:
        return words("everyone")
    return join(words("account"), code(name)) if _ACCOUNT.fullmatch(name) else code(_name_principal(name))


def _name_principal(name: str) -> str:
    return re.sub(r"^(Service|Federated|CanonicalUser):", "", name)


def describe_permission(
    effect: str, actions: Sequence[Element], targets: Sentence, is_added: bool | None, in_words: bool
) -> Sentence:
    """Returns the predicate of a sentence about a permission.

    Args:
        effect: "Allow" or "Deny".
        actions: the actions, sorted.
        targets: the resources.
        is_added: whether the permission is added, or removed; None if it just exists.
        in_words: whether a single action on a function or a role is put in words.
    """
    verb = words("may" if is_added is None else _VERBS[effect, is_added])
    names = [each.values[0] for each in actions if not each.is_excluded]
    if in_words and len(names) == len(actions) == 1 and names[0] in _ACTIONS:
        return join(verb, words(_ACTIONS[names[0]]), targets)
    return join(verb, describe_elements(actions), words("on") if targets else (), targets)


def describe_elements(elements: Iterable[Element]) -> Sentence:
    """Returns actions or resources, separated by commas."""
    elements = [*elements]
    plain = [each.values[0] for each in elements if not each.is_excluded]
    excluded = [each for each in elements if each.is_excluded]
    parts = [code(*plain)] if plain else []
    parts += [join(words("everything except"), code(*each.values)) for each in excluded]
    sentence: Sentence = parts[0] if parts else ()
    for each in parts[1:]:
        sentence = (*sentence, Part(", "), *each)
    return sentence


def describe_conditions(conditions: Iterable[Condition]) -> Sentence:
    """Returns the conditions of a permission: its source first, others as they are written."""
    sources, others = [], []
    for each in conditions:
        preposition = _SOURCE.get(each.key.lower())
        if preposition and each.operator.lower() in _EQUAL:
            sources.append(join(words(preposition), code(*each.values)))
        else:
            others.append(join(words("if"), code(each.key), words(each.operator), code(*each.values)))
    return join(*sources, *others)
