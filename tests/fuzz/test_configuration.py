"""Mutated configurations and policies: problems with their place, or settings that render."""

from __future__ import annotations

import copy
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from configurations import VALID
from every_setting import OTHER, build_application
from hostile_texts import PIECES
from hypothesis import strategies as st
from triggers.test_hostile_events import MISSING, list_paths, replace_value

from domovoi_tf.errors import SettingsError
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import load
from domovoi_tf.settings.keys import FUNCTION, TOP_LEVEL
from domovoi_tf.settings.provenance import explain
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import find_warnings, validate

from .fuzzing import fuzz

STAGES = ("dev", "prod", "\ud800", "")
APPLICATION = build_application()
POLICY = {
    "Version": "2012-10-17",
    "Id": "bar",
    "Statement": [
        {**json.loads(OTHER)["Statement"], "Sid": "All"},
        {
            "Effect": "Deny",
            "NotAction": ["s3:GetObject"],
            "NotResource": ["arn:aws:s3:::bar/*"],
            "Condition": {"StringLike": {"aws:PrincipalTag/team": ["bar"]}},
        },
    ],
}
texts = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=4).map("".join)
names = texts | st.sampled_from([*TOP_LEVEL, *FUNCTION, "dev", "reports", "s3", "bucket", "region"])


def nest(depth: int, value: Any, in_list: bool) -> Any:
    for _ in range(depth):
        value = [value] if in_list else {"a": value}
    return value


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.sampled_from([10**400, -(10**1100), 1e308, "x" * 5000, "9" * 5000])
    | st.builds(nest, st.integers(1, 90), texts, st.booleans()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def mutations(draw: Callable[[st.SearchStrategy[Any]], Any], documents: list[Any]) -> Any:
    """Draws a document in which a few values are missing, exchanged, added or repeated elsewhere."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 4))):
        paths = list(list_paths(document))
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        value = draw(st.just(MISSING) | values | texts | st.sampled_from(documents))
        if draw(st.booleans()):
            path = (*path[:-1], draw(names)) if isinstance(path[-1], str) else path
            value = draw(values) if value is MISSING else value
        document = replace_value(document, path, value)
    return document


def check_messages(text: str, place: str) -> None:
    """Checks that each problem has a place. A remedy may follow."""
    assert re.match(place, text), text


@fuzz(
    120,
    config=mutations(list(VALID.values())) | values,
    policy=mutations([POLICY]) | values,
    stage=st.sampled_from(STAGES),
    ascii_only=st.booleans(),
)
def test_configuration_is_rendered_or_refused(config: Any, policy: Any, stage: str, ascii_only: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / ".chalice").mkdir()
        text = json.dumps(config, ensure_ascii=ascii_only)
        (project / ".chalice" / "config.json").write_bytes(text.encode(errors="surrogatepass"))
        for name in ("policy-dev.json", "policy-prod.json", "beta-app-policy.json"):
            (project / ".chalice" / name).write_bytes(json.dumps(policy).encode())
        try:
            settings = load(project, stage)
            explain(project, stage)
        except SettingsError as error:
            check_messages(str(error), r"\.chalice/|stage: ")
            return
    problems = validate(APPLICATION, settings)
    find_warnings(APPLICATION, settings)
    if problems:
        check_messages(str(problems[0]), r".+\.py:\d+: |\.chalice/config\.json: ")
        return
    files = render(synthesize(APPLICATION, settings), assets.find_templates(), assets.find_modules())
    assert f"stages/{stage}/main.tf" in [file.path for file in files]
