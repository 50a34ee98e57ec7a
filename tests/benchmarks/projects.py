"""Writes the same project for domovoi-tf and for Chalice."""

from __future__ import annotations

import json
from pathlib import Path

#: The number of handlers of a function, whose resource-based policy has room for about sixty.
HANDLERS_OF_A_FUNCTION = 40


def write_project(folder: Path, handlers: int) -> Path:
    """Writes a project for domovoi-tf: half schedules, half topics, in several functions."""
    lines = ["import domovoi_tf", "app = domovoi_tf.Domovoi()"]
    for number in range(handlers):
        if number % HANDLERS_OF_A_FUNCTION == 0:
            lines.append(f'function = app.function("part{number // HANDLERS_OF_A_FUNCTION}")')
        source = (
            f'sns_topic_subscriber("topic{number}", function=function)'
            if number % 2
            else 'scheduled_function("rate(5 minutes)", function=function)'
        )
        lines += [f"@app.{source}", f"def handler{number}(event, context):", "    pass"]
    return _write_files(folder, lines, {"app_name": "bench"})


def write_chalice_project(folder: Path, handlers: int) -> Path:
    """Writes the same project for Chalice, which creates a function for each handler."""
    lines = ["from chalice import Chalice, Rate", "app = Chalice(app_name='bench')"]
    for number in range(handlers):
        source = f'on_sns_message("topic{number}")' if number % 2 else "schedule(Rate(5, unit=Rate.MINUTES))"
        lines += [f"@app.{source}", f"def handler{number}(event):", "    pass"]
    return _write_files(folder, lines, {"version": "2.0", "app_name": "bench", "stages": {"dev": {}}})


def _write_files(folder: Path, lines: list[str], config: dict[str, object]) -> Path:
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text("\n".join(lines) + "\n")
    (folder / "requirements.txt").write_text("")
    (folder / ".chalice" / "config.json").write_text(json.dumps(config))
    return folder
