"""The parts of the picture of the pipeline, without the arrows between them.

The code and the files in them are those of examples/bartender.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from domovoi_tf import settings
from domovoi_tf.loading import loader
from domovoi_tf.rendering.templates import render
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from pictures import svg

EXAMPLE = Path(__file__).parents[2] / "examples" / "bartender"
#: The distance between lines of the tree.
LINE = 16.8
STEPS = (
    ("Read", "A child process imports app.py."),
    ("Check", "Sources, names, limits, settings"),
    ("Render", "A module call for each handler"),
)
PACKAGE = ("Your code, its dependencies,", "and a small dispatcher")
WAYS = (
    ("domovoi-tf deploy", ("Renders, packages, plans, asks,", "and applies that plan")),
    ("terraform apply", ("In terraform/stages/dev, without", "Python on that machine")),
    ('module "orders" { ... }', ("From your own Terraform: calls", "terraform/app as a module")),
)
ZIP = "    package.zip"
TERRAFORM = ("terraform init", "terraform plan", "terraform apply")
AWS = ("Lambda function, role, log group,", "EventBridge rule, SNS topic")


class Frame(NamedTuple):
    """The place of a part.

    Args:
        left: its left edge.
        top: its upper edge.
        width: its width.
        height: its height.
    """

    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> float:
        """The distance of its centre from the left."""
        return self.left + self.width / 2

    @property
    def middle(self) -> float:
        """The distance of its centre from above."""
        return self.top + self.height / 2

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    def draw(self, names: str = "card") -> str:
        """Returns its box."""
        return svg.draw_box(*self, names)

    def draw_heading(self, text: str, names: str = "name") -> str:
        """Returns a heading above it."""
        return svg.draw_text(self.left, self.top - 12, text, names)


def read_code() -> list[str]:
    """Returns the decorators and the heads of the functions of the example, with a line between them."""
    lines = (EXAMPLE / "app.py").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.startswith(("@app.", "def "))]
    return (
        "\n".join(f"\n{line}" if line.startswith("@") else f"{line} ..." for line in kept).strip().split("\n")
    )


def list_tree() -> list[str]:
    """Returns the rendered tree of the example as lines; the files of a folder share lines."""
    found = settings.load(EXAMPLE, "dev")
    application = loader.load(EXAMPLE, found.environment_variables)
    files = render(synthesize(application, found), assets.find_templates(), assets.find_modules())
    app = [path.name for file in files if len((path := Path(file.path)).parts) == 2 and path.suffix == ".tf"]
    stage = [path.name for file in files if (path := Path(file.path)).parts[:2] == ("stages", "dev")]
    return [
        "terraform/",
        "  app/",
        *_fill(app, 4),
        "    modules/",
        ZIP,
        "  stages/dev/",
        *_fill([name for name in stage if name.endswith(".tf")], 4),
    ]


def _fill(names: list[str], indent: int) -> list[str]:
    prefix = " " * indent
    return textwrap.wrap(" ".join(sorted(names)), 26, initial_indent=prefix, subsequent_indent=prefix)


def draw_lines(x: float, y: float, lines: Sequence[str], names: str, distance: float = 16) -> Iterator[str]:
    """Yields lines of text, one below the other."""
    for number, line in enumerate(lines):
        yield svg.draw_text(x, y + distance * number, line, names)


def draw_app(frame: Frame) -> Iterator[str]:
    """Yields the code."""
    yield frame.draw_heading("app.py", "code name")
    yield frame.draw()
    for number, line in enumerate(read_code()):
        names = "code link" if line.startswith("@") else "code"
        yield svg.draw_text(frame.left + 10, frame.top + 22 + 18 * number, line, names)


def draw_steps(frames: Sequence[Frame]) -> Iterator[str]:
    """Yields the steps of ``render``, one below the other."""
    yield frames[0].draw_heading("domovoi-tf render", "code name")
    for frame, (name, about) in zip(frames, STEPS, strict=True):
        yield frame.draw()
        yield svg.draw_text(frame.left + 12, frame.top + 18, name, "name")
        yield svg.draw_text(frame.left + 12, frame.top + 35, about, "small")
    for one, other in pairwise(frames):
        yield svg.draw_edge(f"M{one.centre} {one.bottom}V{other.top - 1}")


def draw_package(frame: Frame) -> Iterator[str]:
    """Yields the step that builds the package."""
    yield frame.draw()
    yield svg.draw_text(frame.left + 12, frame.top + 19, "domovoi-tf package", "code name")
    yield from draw_lines(frame.left + 12, frame.top + 37, PACKAGE, "small")


def draw_tree(frame: Frame) -> Iterator[str]:
    """Yields the tree."""
    yield frame.draw_heading("A tree of Terraform")
    yield frame.draw("soft")
    yield from draw_lines(frame.left + 10, frame.top + 21, list_tree(), "code", LINE)


def find_package(frame: Frame) -> tuple[float, float]:
    """Returns the place before the package's line in the tree, for the end of an arrow."""
    return frame.left + 34, frame.top + 17 + LINE * list_tree().index(ZIP)


def draw_ways(frame: Frame, frames: Sequence[Frame]) -> Iterator[str]:
    """Yields the ways to deploy the tree, in a frame."""
    yield frame.draw()
    yield svg.draw_text(frame.left + 14, frame.top + 23, "Three ways to deploy it", "name")
    for inner, (command, about) in zip(frames, WAYS, strict=True):
        yield inner.draw("page")
        yield svg.draw_text(inner.left + 12, inner.top + 22, command, "code name link")
        yield from draw_lines(inner.left + 12, inner.top + 42, about, "small", 17)


def draw_terraform(frame: Frame, frames: Sequence[Frame], aws: Frame) -> Iterator[str]:
    """Yields the steps of Terraform and their result, in a frame."""
    yield frame.draw()
    for inner, command in zip(frames, TERRAFORM, strict=True):
        yield inner.draw("page")
        yield svg.draw_text(inner.centre, inner.middle + 4, command, "code", centred=True)
    yield aws.draw("soft")
    yield svg.draw_text(aws.left + 14, aws.top + 21, "AWS", "name")
    yield from draw_lines(aws.left + 14, aws.top + 40, AWS, "small", 17)
