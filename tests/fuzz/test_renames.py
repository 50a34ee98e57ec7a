"""Random histories of an app whose stages are deployed now and then: no stage loses what is still in the app.

A model of Terraform applies the moves. It rejects what Terraform rejects: a move from an address in use, two
moves to one address, and circles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from hypothesis import strategies as st

from domovoi_tf.renames.decision import decide_moves
from domovoi_tf.renames.problems import Details
from domovoi_tf.renames.pruning import find_needed_moves
from domovoi_tf.synthesis.addresses import Block

from .fuzzing import fuzz

HANDLERS, TOPICS = "abcde", "ABCD"
STEPS = 12
#: The topic of each handler.
App = dict[str, str]
#: The topic of each subscription, by its address.
State = dict[str, str]


class Stage:
    """A stage with its state, and the topics that the app has left since it was deployed."""

    def __init__(self) -> None:
        self.state: State = {}
        self.left: set[str] = set()

    def deploy(self, app: App, moves: Mapping[str, str]) -> None:
        """Applies the moves as Terraform does, and checks that subscriptions of the app remain the same."""
        moved = dict(self.state)
        for old in sort_chains(moves):
            if old in moved and moves[old] not in moved:
                moved[moves[old]] = moved.pop(old)
        wanted = {f"module.{handler}": topic for handler, topic in app.items()}
        kept = {topic for address, topic in moved.items() if wanted.get(address) == topic}
        if self.left.isdisjoint(self.state.values()):  # something in the way that nobody has destroyed yet
            assert set(self.state.values()) & set(wanted.values()) <= kept
        self.state, self.left = wanted, set()


def sort_chains(moves: Mapping[str, str]) -> Iterator[str]:
    """Yields the old addresses, each after those that are moved to it."""
    done: set[str] = set()
    for old in moves:
        chain = [old]
        while (earlier := next((each for each, to in moves.items() if to == chain[-1]), None)) is not None:
            chain.append(earlier)
        for each in reversed(chain):
            if each not in done:
                done.add(each)
                yield each


def check_moves(moves: Mapping[str, str], app: App) -> None:
    """Checks that Terraform accepts the moves."""
    assert moves.keys().isdisjoint(f"module.{handler}" for handler in app)
    assert len({*moves.values()}) == len(moves)
    for old in moves:
        steps = [old]
        while steps[-1] in moves:
            steps.append(moves[steps[-1]])
            assert len({*steps}) == len(steps)


def change_app(app: App, random: Random) -> App:
    """Returns the app with a handler renamed, exchanged with another one, added or removed."""
    handler, other, topic = random.choice(HANDLERS), random.choice(HANDLERS), random.choice(TOPICS)
    if random.random() < 0.5:  # so many are renamed; the others are added or removed
        names = {handler: other, other: handler}
        return {names.get(each, each): source for each, source in app.items()}
    if handler in app:
        return {each: source for each, source in app.items() if each != handler}
    return {**app, handler: topic} if topic not in app.values() else app


@fuzz(200, random=st.randoms(use_true_random=False))
def test_no_stage_loses_what_the_app_has(random: Random) -> None:
    app: App = {}
    moves: Mapping[str, str] = {}
    stages = [Stage(), Stage(), Stage()]

    def list_blocks(app: App) -> dict[str, Block]:
        return {f"module.{name}": Block("sns", topic, "", (name,), ()) for name, topic in app.items()}

    for _ in range(STEPS):
        changed = change_app(change_app(app, random), random)
        decision = decide_moves(list_blocks(app), list_blocks(changed), moves, Details({}, {}))
        if decision.problems:
            continue
        for stage in stages:
            stage.left |= {*app.values()} - {*changed.values()}
        app, moves = changed, decision.moves
        check_moves(moves, app)
        for stage in stages:
            if random.random() < 0.4:
                stage.deploy(app, moves)
        if random.random() < 0.2:
            addresses = [f"{address}.aws_x.this" for stage in stages for address in stage.state]
            needed = find_needed_moves(moves, addresses)
            moves = {old: to for old, to in moves.items() if old in needed}
