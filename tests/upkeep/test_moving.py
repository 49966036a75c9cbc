"""A newsroom that outgrew its file: it goes on in PostgreSQL as if nothing had happened, or has not moved at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.commands.sent import approved, reader
from tests.contract.test_jobs import work
from tests.fakes.site import ask, parts_on, running_site, signed_up
from tests.fakes.stories import alert, told
from tests.lacks import ROOT
from tests.postgres import Postgres
from tocsin.errors import Refused, WrongUse
from tocsin.jobs.cluster import ClusterJobs
from tocsin.secret import prove_secret
from tocsin.store.audit import add_entry, verify_audit
from tocsin.store.clock import wall_clock
from tocsin.store.consents import check_consents
from tocsin.store.copying import NotCopied, filled
from tocsin.store.engine import Store
from tocsin.store.leases import take_lease
from tocsin.upkeep.moving import Moved, move
from tocsin.wiring import Parts

pytestmark = pytest.mark.postgres


@pytest.fixture
def file(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    """Give an empty one-file database."""
    copied = tmp_path / "tocsin.sqlite3"
    copied.write_bytes(migrated_sqlite.read_bytes())
    store = Store(f"sqlite:///{copied}")
    yield store
    store.close()


@pytest.fixture
def server(postgres: Postgres) -> Iterator[Store]:
    """Give an empty database on a PostgreSQL server."""
    with postgres.fresh() as url:
        store = Store(url)
        yield store
        store.close()


@pytest.fixture
def source(file: Store, tmp_path: Path) -> Parts:
    return parts_on(file, tmp_path)


@pytest.fixture
def target(server: Store, source: Parts) -> Parts:
    jobs = ClusterJobs(server, wall_clock)
    jobs.install()
    return replace(source, store=server, jobs=jobs)


def moved(source: Parts, target: Parts) -> tuple[Moved, list[tuple[str, int, int]]]:
    heard: list[tuple[str, int, int]] = []
    return move(source, target, lambda *told: heard.append(told)), heard


def test_readers_links_and_logs_go_on_as_they_were(source: Parts, target: Parts, tmp_path: Path) -> None:
    with running_site(source.store, tmp_path) as site:
        token = signed_up(site, "anna@example.com", offers="on")
    with source.store.write() as connection:
        told(connection, alert(), wall_clock() - timedelta(hours=1))
        add_entry(connection, at=wall_clock(), who="mara", act="approved", subject="version 1")
        logs = check_consents(connection), verify_audit(connection)
    done, heard = moved(source, target)
    assert done.rows["subscribers"] == 1
    assert ("subscribers", 1, 1) in heard
    with target.store.read() as connection:
        assert (check_consents(connection), verify_audit(connection)) == logs
    with running_site(target.store, tmp_path) as site:
        assert ask(site, "GET", f"/preferences/{token}").status == 200
        assert "Dam above Alderton" in ask(site, "GET", "/alerts/1").text
        signed_up(site, "boris@example.com")
        assert ask(site, "POST", f"/unsubscribe/{token}").status == 200
    with target.store.read() as connection:
        chain = check_consents(connection)
        assert not chain.broken
        assert chain.records > logs[0].records


def test_a_send_that_waited_is_done_there(source: Parts, target: Parts) -> None:
    reader(source, "anna@example.com")
    version = approved(source)
    with source.store.write() as connection:
        source.jobs.enqueue(connection, "task", f"drain {version}", key="one")
        source.jobs.enqueue(connection, "task", "later", run_at=wall_clock() + timedelta(hours=1))
    done, _ = moved(source, target)
    assert (done.jobs, done.rows["deliveries"]) == (2, 1)
    heard: list[str] = []
    work(target.jobs, lambda: bool(heard), lambda job: heard.append(job.payload))
    assert heard == [f"drain {version}"]


def test_nothing_moves_into_a_database_that_holds_something(source: Parts, target: Parts) -> None:
    reader(target, "boris@example.com")
    reader(source, "anna@example.com")
    with pytest.raises(Refused, match=r"not empty: it holds .*subscribers"):
        moved(source, target)


def test_a_database_that_was_only_opened_is_still_empty_and_takes_the_mark_of_the_secret(
    source: Parts, target: Parts
) -> None:
    for parts in (source, target):
        prove_secret(parts.store, parts.settings)
    moved(source, target)
    prove_secret(target.store, target.settings)


def test_nothing_moves_while_the_service_runs(source: Parts, target: Parts) -> None:
    with source.store.write() as connection:
        take_lease(connection, "newsroom", "a machine", wall_clock(), timedelta(seconds=10))
    with pytest.raises(Refused, match="stop it"):
        moved(source, target)


def test_a_row_that_is_not_taken_leaves_nothing_behind_and_is_not_quoted(source: Parts, target: Parts) -> None:
    reader(source, "anna@example.com")
    with source.store.write() as connection:
        connection.execute(text("UPDATE subscribers SET language = :far_too_long"), {"far_too_long": "x" * 500})
    with pytest.raises(NotCopied, match="table subscribers: ") as refused:
        moved(source, target)
    assert "anna" not in str(refused.value)
    with target.store.read() as connection:
        assert filled(connection) == ()


def test_it_goes_one_way_only(source: Parts, target: Parts) -> None:
    with pytest.raises(WrongUse, match="not the other way"):
        moved(target, source)


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.fakes.site import parts_on
from dataclasses import replace
from tocsin.jobs.cluster import ClusterJobs
from tocsin.store.engine import Store
from tocsin.upkeep.moving import move
from tocsin.store.clock import wall_clock

file, server, folder, table = sys.argv[1:]
source = parts_on(Store(file), Path(folder))
there = Store(server)
target = replace(source, store=there, jobs=ClusterJobs(there, wall_clock))
move(source, target, lambda name, *_: os.kill(os.getpid(), signal.SIGKILL) if name == table else None)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("at", ["subscribers", "deliveries"])
def test_a_move_that_is_killed_in_the_middle_left_nothing_and_is_made_by_the_next_call(
    source: Parts, target: Parts, tmp_path: Path, at: str
) -> None:
    reader(source, "anna@example.com")
    approved(source)
    killed(source, target, tmp_path, at)
    with target.store.read() as connection:
        assert filled(connection) == ()
    done, _ = moved(source, target)
    assert (done.rows["subscribers"], done.rows["deliveries"]) == (1, 1)


def test_a_move_that_is_killed_before_it_could_say_that_all_is_there_says_so_when_it_is_called_again(
    source: Parts, target: Parts, tmp_path: Path
) -> None:
    reader(source, "anna@example.com")
    killed(source, target, tmp_path, "")
    with pytest.raises(Refused, match="has moved everything"):
        moved(source, target)
    reader(target, "boris@example.com")
    with pytest.raises(Refused, match="not empty"):
        moved(source, target)


def killed(source: Parts, target: Parts, folder: Path, table: str) -> None:
    """Move in a process that is killed while it copies ``table``, or at its very end."""
    words = [source.store.url, target.store.url, str(folder), table]
    ended = subprocess.run([sys.executable, "-c", _KILLED, *words], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
