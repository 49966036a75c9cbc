"""The job port on both engines: queued with the caller's transaction, one per key, tried again, taken over."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import statistics
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.postgres import Postgres
from tocsin.errors import Permanent, Temporary, WrongUse
from tocsin.jobs.cluster import ClusterJobs
from tocsin.jobs.embedded import EmbeddedJobs
from tocsin.jobs.port import DEADLY_AFTER, Job, Jobs
from tocsin.store.clock import wall_clock
from tocsin.store.engine import Store, StoreBusy

PATIENCE = 20.0
"""Seconds after which a job that has not been done is taken to be lost."""


def jobs_of(store: Store) -> Jobs:
    return EmbeddedJobs(store, wall_clock) if store.embedded else ClusterJobs(store, wall_clock)


@pytest.fixture
def jobs(store: Store) -> Jobs:
    port = jobs_of(store)
    if isinstance(port, ClusterJobs):
        port.install()
    return port


def work(
    jobs: Jobs, done: Callable[[], bool], do: Callable[[Job], None], deadly_after: int | None = DEADLY_AFTER
) -> None:
    """Work until ``done``, at most as long as patience lasts."""

    async def until_done() -> None:
        stop = asyncio.Event()
        worker = asyncio.create_task(jobs.work({"task": do}, stop, deadly_after=deadly_after))
        ends = time.monotonic() + PATIENCE
        while not done() and time.monotonic() < ends and not worker.done():
            await asyncio.sleep(0.02)
        stop.set()
        await worker

    asyncio.run(until_done())


def drain(jobs: Jobs, store: Store) -> list[str]:
    """Do all that waits, and return the payloads."""
    done: list[str] = []
    with store.write() as connection:
        jobs.enqueue(connection, "task", "last", priority=-100)
    work(jobs, lambda: "last" in done, lambda job: done.append(job.payload))
    return [payload for payload in done if payload != "last"]


def test_a_job_lives_and_dies_with_its_transaction(store: Store, jobs: Jobs) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        jobs.enqueue(connection, "task", "rolled back", key="one")
        raise ZeroDivisionError
    with store.write() as connection:
        jobs.enqueue(connection, "task", "kept", key="one")
    assert drain(jobs, store) == ["kept"]


def test_of_jobs_with_one_key_one_waits_and_the_first_stays(store: Store, jobs: Jobs) -> None:
    for payload, key in (("a", "one"), ("b", "one"), ("c", "two"), ("d", None), ("e", None)):
        with store.write() as connection:
            jobs.enqueue(connection, "task", payload, key=key)
    assert sorted(drain(jobs, store)) == ["a", "c", "d", "e"]


def test_a_job_in_hand_does_not_keep_its_like_from_waiting(store: Store, jobs: Jobs) -> None:
    done: list[str] = []

    def do(job: Job) -> None:
        if job.payload == "first":
            with store.write() as connection:
                jobs.enqueue(connection, "task", "second", key="one")
                jobs.enqueue(connection, "task", "third", key="one")
        done.append(job.payload)

    with store.write() as connection:
        jobs.enqueue(connection, "task", "first", key="one")
    work(jobs, lambda: len(done) == 2, do)
    assert sorted(done) == ["first", "second"]
    assert drain(jobs, store) == []


def test_a_job_that_fails_for_now_is_tried_again(store: Store, jobs: Jobs) -> None:
    attempts: list[int] = []

    def do(job: Job) -> None:
        attempts.append(job.attempt)
        if job.attempt < 3:
            raise Temporary("not now")

    with store.write() as connection:
        jobs.enqueue(connection, "task", "x")
    work(jobs, lambda: len(attempts) == 3, do)
    assert attempts == [1, 2, 3]


def test_a_waiting_worker_is_woken_at_once(store: Store, jobs: Jobs) -> None:
    queued: list[float] = []
    taken: list[float] = []

    def queue_each_after_a_rest() -> None:
        for number, rest in enumerate((1.5, 0.3, 1.1, 0.7, 0.3)):
            time.sleep(rest)
            with store.write() as connection:
                jobs.enqueue(connection, "task", str(number))
            queued.append(time.monotonic())

    elsewhere = threading.Thread(target=queue_each_after_a_rest)
    elsewhere.start()
    work(jobs, lambda: len(taken) == 5, lambda job: taken.append(time.monotonic()))
    elsewhere.join()
    waits = [there - since for since, there in zip(queued, taken, strict=True)]
    assert statistics.median(waits) < 0.25


def test_a_job_waits_for_its_time(store: Store, jobs: Jobs) -> None:
    with store.write() as connection:
        jobs.enqueue(connection, "task", "later", run_at=wall_clock() + timedelta(hours=1))
        jobs.enqueue(connection, "task", "now")
    assert drain(jobs, store) == ["now"]


def test_a_job_queued_late_in_its_transaction_is_not_early(store: Store, jobs: Jobs) -> None:
    began: list[float] = []
    with store.write() as connection:
        connection.execute(select(1))
        time.sleep(0.5)
        due = wall_clock() + timedelta(seconds=0.5)
        jobs.enqueue(connection, "task", "later", run_at=due)
    work(jobs, lambda: bool(began), lambda job: began.append(wall_clock().timestamp()))
    assert began[0] >= due.timestamp()


def _take_and_hang(url: str, mark: Path) -> None:
    def hang(job: Job) -> None:
        mark.write_text(job.payload, encoding="utf-8")
        time.sleep(3600)

    asyncio.run(jobs_of(Store(url)).work({"task": hang}, asyncio.Event()))


def test_what_a_killed_worker_had_in_hand_is_taken_over(
    database_url: str, store: Store, jobs: Jobs, tmp_path: Path
) -> None:
    with store.write() as connection:
        jobs.enqueue(connection, "task", "orphan")
    mark = tmp_path / "taken"
    worker = multiprocessing.get_context("spawn").Process(target=_take_and_hang, args=(database_url, mark), daemon=True)
    worker.start()
    ends = time.monotonic() + PATIENCE
    while not mark.exists() and time.monotonic() < ends:
        time.sleep(0.02)
    worker.kill()
    worker.join()
    done: list[str] = []
    work(jobs, lambda: bool(done), lambda job: done.append(job.payload))
    assert mark.exists()
    assert done == ["orphan"]


def test_what_was_put_aside_and_the_engines_notes_are_forgotten_in_time(store: Store, jobs: Jobs) -> None:
    def refuse(job: Job) -> None:
        raise WrongUse("it is none of ours")

    def kept() -> tuple[int, int]:
        with store.read() as connection:
            log = "SELECT count(*) FROM pgqueuer_log"
            notes = 0 if store.embedded else connection.execute(text(log)).scalar_one()
            return len(jobs.aside(connection, 10)), notes

    with store.write() as connection:
        jobs.enqueue(connection, "task", "x")
    work(jobs, lambda: kept()[0] == 1, refuse)
    with store.write() as connection:
        jobs.forget(connection, wall_clock())
    assert kept()[0] == 1
    assert (kept()[1] > 0) == (not store.embedded)
    with store.write() as connection:
        jobs.forget(connection, wall_clock() + timedelta(days=31))
    assert kept() == (0, 0)


def _die_of_it(url: str) -> None:
    asyncio.run(jobs_of(Store(url)).work({"task": lambda job: os.kill(os.getpid(), signal.SIGKILL)}, asyncio.Event()))


@pytest.mark.parametrize(("deadly_after", "does"), [(1, ["harmless"]), (None, ["deadly", "harmless"])])
def test_a_job_that_kills_its_workers_is_put_aside_unless_it_must_be_done(
    database_url: str, store: Store, jobs: Jobs, deadly_after: int | None, does: list[str]
) -> None:
    with store.write() as connection:
        jobs.enqueue(connection, "task", "deadly", priority=1)
    worker = multiprocessing.get_context("spawn").Process(target=_die_of_it, args=(database_url,), daemon=True)
    worker.start()
    worker.join(PATIENCE)
    assert worker.exitcode == -signal.SIGKILL
    with store.write() as connection:
        jobs.enqueue(connection, "task", "harmless")
    done: list[str] = []

    def aside() -> list[tuple[str, str, str]]:
        with store.read() as connection:
            return [(one.name, one.payload, one.error) for one in jobs.aside(connection, 10)]

    work(jobs, lambda: len(done) + len(aside()) == 2, lambda job: done.append(job.payload), deadly_after)
    assert sorted(done) == does
    assert aside() == (
        [] if deadly_after is None else [("task", "deadly", "Workers died with this job in hand: 1 in a row")]
    )


@pytest.mark.parametrize("key", [None, "one"])
def test_what_was_put_aside_is_done_again_when_a_person_says_so(store: Store, jobs: Jobs, key: str | None) -> None:
    right: list[int] = []
    done: list[str] = []

    def handler(job: Job) -> None:
        if not right:
            raise Permanent("it can't be done")
        done.append(job.payload)

    def aside() -> list[int]:
        with store.read() as connection:
            return [one.number for one in jobs.aside(connection, 10)]

    with store.write() as connection:
        jobs.enqueue(connection, "task", "a", key=key, priority=3)
    work(jobs, lambda: len(aside()) == 1, handler)
    right.append(1)
    (number,) = aside()
    with store.write() as connection:
        assert jobs.try_again(connection, number)
        assert not jobs.try_again(connection, number), "it is not aside any more"
    work(jobs, lambda: bool(done), handler)
    assert done == ["a"]
    assert aside() == []


@pytest.mark.postgres
def test_a_worker_whose_database_goes_away_ends_with_words_of_ours(postgres: Postgres) -> None:
    async def run(store: Store) -> None:
        port = ClusterJobs(store, wall_clock)
        port.install()
        worker = asyncio.create_task(port.work({"task": lambda job: None}, asyncio.Event()))
        end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pgqueuer%'")
        async with asyncio.timeout(PATIENCE):
            while not worker.done():
                await asyncio.sleep(0.2)
                with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text(f"{end} AND pid <> pg_backend_pid() AND datname = current_database()"))
        await worker

    with postgres.fresh() as url:
        store = Store(url)
        with pytest.raises(StoreBusy):
            asyncio.run(run(store))
        store.close()
