"""Draws the way from a decorated function to AWS: ``pipeline.svg``, and ``pipeline-narrow.svg``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from pictures import pipeline_parts as parts
from pictures import svg
from pictures.pipeline_parts import Frame

TITLE = "From a decorated function to AWS"
DESCRIPTION = (
    "domovoi-tf render reads app.py in a child process, checks the app and writes a tree of Terraform; "
    "domovoi-tf package writes package.zip into it. The tree is deployed in one of three ways: by domovoi-tf "
    "deploy, by terraform apply, or by a module call in other Terraform. Each runs terraform init, plan and "
    "apply."
)


def draw() -> str:
    """Returns the picture for pages of 830 pixels."""
    app, package = Frame(16, 42, 318, 110), Frame(368, 230, 204, 64)
    steps = [Frame(368, 42 + 60 * number, 204, 44) for number in range(3)]
    tree, ways, run = Frame(606, 42, 208, 252), Frame(16, 326, 798, 128), Frame(16, 476, 798, 98)
    x, y = parts.find_package(tree)
    edges = [
        f"M{app.right} {steps[0].middle}H{steps[0].left - 1}",
        f"M{app.centre} {app.bottom}V{package.middle}H{package.left - 1}",
        f"M{package.right} {package.middle}H{tree.left - 17}V{y:.1f}H{x}",
        f"M{steps[2].right} {steps[2].middle}H{tree.left - 1}",
        f"M{tree.centre} {tree.bottom}V{ways.top - 1}",
        f"M{ways.centre} {ways.bottom}V{run.top - 1}",
    ]
    inner = [Frame(30 + 261.3 * number, 364, 247.3, 76) for number in range(3)]
    commands = [Frame(30 + 156 * number, 504, 132, 42) for number in range(3)]
    aws = Frame(498, 490, 302, 70)
    edges += [f"M{one.right} {one.middle}H{other.left - 1}" for one, other in pairwise([*commands, aws])]
    body = [
        *parts.draw_app(app),
        *parts.draw_steps(steps),
        *parts.draw_package(package),
        *parts.draw_tree(tree),
        *parts.draw_ways(ways, inner),
        *parts.draw_terraform(run, commands, aws),
    ]
    return _write((830, 590), body, edges)


def draw_narrow() -> str:
    """Returns the picture for pages of 390 pixels: the same parts, one below the other."""
    app = Frame(16, 42, 328, 110)
    steps = [Frame(16, 196 + 58 * number, 206, 44) for number in range(3)]
    package, tree = Frame(16, 374, 206, 64), Frame(16, 486, 328, 252)
    ways, run = Frame(16, 762, 328, 296), Frame(16, 1080, 328, 248)
    edges = [
        f"M{steps[0].centre} {app.bottom}V{steps[0].top - 28}",
        f"M{app.right - 30} {app.bottom}V{package.middle}H{package.right + 1}",
        f"M{steps[2].right} {steps[2].middle}H260V{tree.top - 1}",
        f"M{package.left + 170} {package.bottom}V{tree.top - 1}",
        f"M{tree.centre} {tree.bottom}V{ways.top - 1}",
        f"M{ways.centre} {ways.bottom}V{run.top - 1}",
    ]
    inner = [Frame(30, ways.top + 38 + 84 * number, 300, 76) for number in range(3)]
    commands = [Frame(30, run.top + 14 + 50 * number, 300, 34) for number in range(3)]
    aws = Frame(30, run.top + 164, 300, 70)
    edges += [f"M{one.centre} {one.bottom}V{other.top - 1}" for one, other in pairwise([*commands, aws])]
    body = [
        *parts.draw_app(app),
        *parts.draw_steps(steps),
        *parts.draw_package(package),
        *parts.draw_tree(tree),
        *parts.draw_ways(ways, inner),
        *parts.draw_terraform(run, commands, aws),
    ]
    return _write((360, 1344), body, edges)


def _write(size: tuple[int, int], body: Iterable[str], edges: Iterable[str]) -> str:
    arrows = map(svg.draw_edge, edges)
    return svg.write_document(
        size, TITLE, DESCRIPTION, svg.write_style(), [*svg.draw_page(*size), *body, *arrows]
    )
