from domovoi_tf.testing import Client, Execution

import app as module
from app import app


def test_unfinished_work_continues_in_the_next_run(monkeypatch):
    monkeypatch.setattr(module, "measure", lambda position: position)
    left = iter([9000, 5000, 1000, 9000, 5000, 3000])
    client = Client(app, remaining_time=lambda: next(left))
    first = client.send("work", {"length": 4})
    assert first == {"length": 4, "position": 2, "sum": 1, "runs": 1, "done": False}
    assert client.send("work", first) == {"length": 4, "position": 4, "sum": 6, "runs": 2, "done": True}


def test_the_work_starts_at_night():
    client = Client(app)
    client.send("start")
    assert client.executions == [Execution("default", {"length": 100000})]
