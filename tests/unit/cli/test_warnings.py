"""What is legal but worth knowing is said when a tree is made, not to who looks at what is deployed."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.cli import pipeline


def test_only_what_makes_a_tree_warns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text(
        '{"app_name": "bar", "api_gateway_stage": "api", "stages": {"dev": {}, "prod": {}}}'
    )
    (tmp_path / "app.py").write_text(
        "import domovoi_tf\napp = domovoi_tf.Domovoi()\n"
        '@app.sns_topic_subscriber("beers")\ndef tend(event, context): ...\n'
    )
    pipeline.load_deployed(tmp_path, "dev")
    assert capsys.readouterr().err == ""
    pipeline.load(tmp_path, "dev")
    assert capsys.readouterr().err.count("Warning: ") == 2
