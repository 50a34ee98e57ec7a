from domovoi_tf.testing import Client

from app import WORKERS, app


def test_the_work_is_shared_done_and_put_together():
    client = Client(app)
    shares = client.send("scatter", {"limit": 1000})["shares"]
    assert [shares[0], shares[-1]] == [[0, 16], [1008, 1000]]
    done = [client.send("work", {"share": share}, via=f"Worker{n}") for n, share in enumerate(shares)]
    result = client.send("gather", done)
    assert result["primes"] == 168
    assert len(set(result["workers"])) == WORKERS
