"""Draws the way from a decorated function to AWS: ``pipeline.svg``.

The code and the files in it are those of examples/bartender.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from domovoi_tf import settings
from domovoi_tf.loading import loader
from domovoi_tf.rendering.templates import render
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from pictures import svg

EXAMPLE = Path(__file__).parents[2] / "examples" / "bartender"
WIDTH, HEIGHT = 830, 590
MARGIN = 16
#: The left edges and the widths of the three columns of the upper half.
LEFT, MIDDLE, RIGHT = (16, 318), (368, 204), (606, 208)
#: The upper edges of the columns, of their last row, of the ways and of the steps of Terraform.
TOP, ROW, WAY, RUN = 42, 230, 344, 494
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
TITLE = "From a decorated function to AWS"
DESCRIPTION = (
    "domovoi-tf render reads app.py in a child process, checks the app and writes a tree of Terraform; "
    "domovoi-tf package writes package.zip into it. The tree is deployed in one of three ways: by domovoi-tf "
    "deploy, by terraform apply, or by a module call in other Terraform. Each runs terraform init, plan and "
    "apply."
)


def draw() -> str:
    """Returns the picture."""
    body = [
        *svg.draw_page(WIDTH, HEIGHT),
        *_draw_app(),
        *_draw_commands(),
        *_draw_tree(),
        *_draw_deployment(),
        *_draw_terraform(),
    ]
    return svg.write_document((WIDTH, HEIGHT), TITLE, DESCRIPTION, svg.write_style(), body)


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


def _draw_lines(x: float, y: float, lines: Sequence[str], names: str, distance: float = 16) -> Iterator[str]:
    """Yields lines of text, one below the other."""
    for number, line in enumerate(lines):
        yield svg.draw_text(x, y + distance * number, line, names)


def _draw_app() -> Iterator[str]:
    (left, width), (middle, _) = LEFT, MIDDLE
    code = read_code()
    height = 18 * len(code) + 20
    yield svg.draw_text(left, TOP - 12, "app.py", "code name")
    yield svg.draw_box(left, TOP, width, height)
    for number, line in enumerate(code):
        names = "code link" if line.startswith("@") else "code"
        yield svg.draw_text(left + 10, TOP + 22 + 18 * number, line, names)
    yield svg.draw_edge(f"M{left + width} {TOP + 22}H{middle - 1}")
    # The package is built from the same file.
    yield svg.draw_edge(f"M{left + width / 2} {TOP + height}V{ROW + 32}H{middle - 1}")


def _draw_commands() -> Iterator[str]:
    (left, width), (right, _) = MIDDLE, RIGHT
    yield svg.draw_text(left, TOP - 12, "domovoi-tf render", "code name")
    for number, (name, about) in enumerate(STEPS):
        top = TOP + number * 60
        yield svg.draw_box(left, top, width, 44)
        yield svg.draw_text(left + 12, top + 18, name, "name")
        yield svg.draw_text(left + 12, top + 35, about, "small")
        if number:
            yield svg.draw_edge(f"M{left + width / 2} {top - 16}V{top - 1}")
    yield svg.draw_edge(f"M{left + width} {TOP + 142}H{right - 1}")
    yield svg.draw_box(left, ROW, width, 64)
    yield svg.draw_text(left + 12, ROW + 19, "domovoi-tf package", "code name")
    yield from _draw_lines(left + 12, ROW + 37, PACKAGE, "small")


def _draw_tree() -> Iterator[str]:
    left, width = RIGHT
    lines = list_tree()
    yield svg.draw_text(left, TOP - 12, "A tree of Terraform", "name")
    yield svg.draw_box(left, TOP, width, ROW + 64 - TOP, "soft")
    yield from _draw_lines(left + 10, TOP + 21, lines, "code", 16.8)
    # The package goes into the tree, but not into the repository.
    y = TOP + 17 + 16.8 * lines.index(ZIP)
    yield svg.draw_edge(f"M{sum(MIDDLE)} {ROW + 32}H{left - 17}V{y}H{left + 34}")
    yield svg.draw_edge(f"M{left + width / 2} {ROW + 64}V{WAY - 19}")


def _draw_deployment() -> Iterator[str]:
    inner = WIDTH - 2 * MARGIN
    yield svg.draw_box(MARGIN, WAY - 18, inner, 128)
    yield svg.draw_text(MARGIN + 14, WAY + 5, "Three ways to deploy it", "name")
    width = (inner - 56) / 3
    for number, (command, about) in enumerate(WAYS):
        left = MARGIN + 14 + number * (width + 14)
        yield svg.draw_box(left, WAY + 20, width, 76, "page")
        yield svg.draw_text(left + 12, WAY + 42, command, "code name link")
        yield from _draw_lines(left + 12, WAY + 62, about, "small", 17)
    yield svg.draw_edge(f"M{WIDTH / 2} {WAY + 110}V{RUN - 19}")


def _draw_terraform() -> Iterator[str]:
    yield svg.draw_box(MARGIN, RUN - 18, WIDTH - 2 * MARGIN, 98)
    width, gap = 132, 24
    for number, command in enumerate(TERRAFORM):
        left = MARGIN + 14 + number * (width + gap)
        yield svg.draw_box(left, RUN + 10, width, 42, "page")
        yield svg.draw_text(left + width / 2, RUN + 35, command, "code", centred=True)
        yield svg.draw_edge(f"M{left + width} {RUN + 31}H{left + width + gap - 1}")
    left += width + gap
    yield svg.draw_box(left, RUN - 4, WIDTH - MARGIN - 14 - left, 70, "soft")
    yield svg.draw_text(left + 14, RUN + 17, "AWS", "name")
    yield from _draw_lines(left + 14, RUN + 36, AWS, "small", 17)
