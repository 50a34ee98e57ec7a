from domovoi_tf.testing import Client

from app import WORKERS, app


def test_work_is_scattered_done_and_gathered():
    client = Client(app)
    shares = client.send("scatter", {"limit": 1000})["shares"]
    assert [shares[0], shares[-1]] == [[0, 16], [1008, 1000]]
    done = [client.send("work", {"share": share}, via=f"Worker{n}") for n, share in enumerate(shares)]
    result = client.send("gather", done)
    assert result["primes"] == 168
    assert len(set(result["workers"])) == WORKERS
