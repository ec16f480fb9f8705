"""The same jobs on Celery, as its users would write them: a task a job, reframes called by the look they hang on.

Runs in the peers' environment, on a Redis server of this machine: `celery -A celery_jobs worker`, then
`celery_jobs.py JOBS.json`. A worker of 50 threads; each holds its job from the request to the file. Prints what the buying took.
"""

import json
import os
import sys
import time
from pathlib import Path

import httpx
from celery import Celery, chain, group

BROKER = os.environ["BENCH_REDIS"]
app = Celery("load", broker=BROKER, backend=BROKER)
app.conf.update(
    task_default_queue=os.environ["BENCH_QUEUE"],  # what an interrupted bench left is nobody's work
    result_expires=600,
    worker_prefetch_multiplier=1,
    task_acks_late=True,
    broker_connection_retry_on_startup=True,
)
_many = {"limits": httpx.Limits(max_connections=60, max_keepalive_connections=60), "timeout": 30}
_client = httpx.Client(headers={"Authorization": f"Bearer {os.environ['LUMA_AGENTS_API_KEY']}"}, **_many)
_films = httpx.Client(**_many)


@app.task(name="job")
def job(body, into):
    """One job from the request to the file; its id."""
    base = os.environ["LUMA_BASE_URL"]
    answer = _client.post(f"{base}/generations", json=body)
    while answer.status_code == 429:
        time.sleep(0.2)
        answer = _client.post(f"{base}/generations", json=body)
    answer.raise_for_status()
    found = answer.json()
    began = time.monotonic()
    while found["state"] not in ("completed", "failed"):
        time.sleep(1.8 if time.monotonic() - began < 1 else 0.12)
        found = _client.get(f"{base}/generations/{found['id']}").json()
    film = _films.get(found["output"][0]["url"])
    film.raise_for_status()
    Path(into).write_bytes(film.content)
    return found["id"]


@app.task(name="reframe")
def reframe(parent, body, into):
    """A job that starts from what an earlier one left at the vendor."""
    return job({**body, "source": {"generation_id": parent}}, into)


def main():
    """Send all looks, each with the reframes that hang on it, and wait for the last."""
    wanted = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = Path(sys.argv[1]).parent
    began = time.monotonic()
    waiting = []
    for number, (look, bodies) in enumerate(wanted):
        into = str(folder / f"celery-{number}")
        hang = group(reframe.s(body, f"{into}-{n}.mp4") for n, body in enumerate(bodies))
        waiting.append(chain(job.s(look, f"{into}.mp4"), hang).apply_async())
    for one in waiting:
        one.get(timeout=900, interval=0.05)
    print("inside: " + json.dumps([time.monotonic() - began, 0.0]))


if __name__ == "__main__":
    main()
