"""Lists of runs: filters, text, and the order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domovoi_tf.recorder.query import Query, build_select
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Failure, LogLine, Outcome

from .sample_runs import make_invocation

#: Events and outcomes; their IDs begin with 1.
RUNS = [
    ({"beer": "Kölsch"}, Outcome("ok", ("tend",), "SNS topic Bartender", "sns", result={"paid": True})),
    (
        {"body": '{"beer": "ale", "note": "C:\\\\x"}'},
        Outcome("failed", ("tend", "brew"), "SQS queue orders", "sqs", failure=Failure("KeyError", "'malt'")),
    ),
    ("a\nb\0c 🍺 100% _x_", Outcome("timeout", ("brew-sns-bartender",), "rule", "event")),
    ([1, 2.5, None], Outcome("crashed", log=(LogLine(0, 'poured "stout"'), LogLine(1, "Broken KEG")))),
    ({"beer": "memory"}, Outcome("memory", ("brew",))),
    ("ok", None),
]


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with Recorder(tmp_path_factory.mktemp("query") / "events.sqlite3") as opened:
        for number, (event, outcome) in enumerate(RUNS, 1):
            run = opened.begin(make_invocation(event, number))
            if outcome:
                opened.finish(run, outcome)
        yield opened


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (Query(), [6, 5, 4, 3, 2, 1]),
        (Query(limit=2), [6, 5]),
        (Query(before=3), [2, 1]),
        (Query(before=3, limit=1), [2]),
        (Query(handler="tend"), [2, 1]),
        (Query(handler="brew"), [5, 2]),
        (Query(handler="ten"), []),
        (Query(handler=""), [6, 5, 4, 3, 2, 1]),
        (Query(source="sns"), [1]),
        (Query(source="bartender"), [1]),
        (Query(source="ORDERS"), [2]),
        (Query(status="failed"), [2]),
        (Query(status="running"), [6]),
        (Query(is_failed=True), [5, 4, 3, 2]),
        (Query(is_failed=True, handler="brew"), [5, 2]),
        (Query(stage="dev", limit=1), [6]),
        (Query(stage="prod"), []),
        (Query(since=1_700_000_005), [6, 5]),
        (Query(text="kölsch"), [1]),
        (Query(text='"beer": "'), [5, 2, 1]),
        (Query(text="C:\\x"), []),
        (Query(text="C:\\\\x"), [2]),
        (Query(text="paid"), [1]),
        (Query(text="'malt'"), [2]),
        (Query(text="a\nb\0c"), [3]),
        (Query(text="100% _x_"), [3]),
        (Query(text="1%_"), []),
        (Query(text='poured "stout"'), [4]),
        (Query(text="broken keg"), [4]),
        (Query(text="🍺"), [3]),
        (Query(text="\ud83c"), []),
        (Query(text="x" * 100_000), []),
        (Query(text="'; DROP TABLE runs; --", handler="'; --", source="\ud800", status="\0"), []),
        (Query(text="beer", handler="brew", status="failed"), [2]),
    ],
    ids=repr,
)
def test_filters(recorder: Recorder, query: Query, ids: list[int]) -> None:
    assert [each.id for each in recorder.list(query)] == ids


@pytest.mark.parametrize(
    ("query", "plan"),
    [
        (Query(), ["SCAN runs"]),
        (Query(before=9), ["SEARCH runs USING INTEGER PRIMARY KEY (rowid<?)"]),
        (Query(status="failed"), ["SEARCH runs USING INDEX runs_status (status=?)"]),
        (
            Query(status="failed", before=9),
            ["SEARCH runs USING INDEX runs_status (status=? AND id<?)"],
        ),
        (Query(handler="tend", source="sns"), ["SCAN runs"]),
    ],
)
def test_lists_need_no_sorting_and_no_payloads(recorder: Recorder, query: Query, plan: list[str]) -> None:
    """In the order of the primary key, a scan ends at the limit; a sort would read all rows."""
    select, values = build_select(query)
    with recorder._store.read() as connection:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {select}", values)]
    assert [step.replace("SCAN TABLE", "SCAN").replace("SEARCH TABLE", "SEARCH") for step in steps] == plan
