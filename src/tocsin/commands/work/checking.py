"""What ``tocsin check`` does: examine, send a test, or compare one that arrived."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from rich.text import Text

from tocsin.commands.output import json_line, out, plain
from tocsin.delivery.doctor import Finding, Health, Lookup, look_up, resolver_at
from tocsin.errors import BadInput, WrongUse
from tocsin.mailroom.intake import host_and_port
from tocsin.readers.addresses import BadAddress, parse_address
from tocsin.settings import WrongSettings, installation
from tocsin.upkeep.checkup import Clock, behind_ntp, check_up
from tocsin.upkeep.roundtrip import await_returns, compare_test, send_probes, send_tests
from tocsin.wiring import Parts, assemble

_MARKS = {Health.GOOD: ("✓", "green"), Health.WARNING: ("!", "yellow"), Health.BAD: ("✗", "bold red")}


def examine(
    config: Path | None,
    send: str | None,
    arrived: Path | None,
    ntp: str,
    dns: str | None,
    wait: int,
    *,
    feeds: bool,
    as_json: bool,
) -> bool:
    """Print what is found, and return whether nothing is in the way of delivery."""
    if send is not None:
        found: Iterable[Finding] = _send(assemble(installation(config)), send, wait)
    elif arrived is not None:
        found = compare_test(assemble(installation(config)), _raw(arrived))
    else:
        found = _everything(config, _lookup(dns), partial(behind_ntp, ntp), feeds=feeds)
    return not _tell(found, as_json=as_json)


def _everything(config: Path | None, lookup: Lookup, clock: Clock, *, feeds: bool) -> Iterator[Finding]:
    try:
        settings = installation(config)
    except WrongSettings as error:
        yield from (Finding("settings", Health.BAD, problem) for problem in error.problems)
        yield Finding("settings", Health.BAD, "nothing else was examined: put these right first")
        return
    yield from check_up(settings, lookup, clock, feeds=feeds)


def _lookup(server: str | None) -> Lookup:
    if server is None:
        return look_up
    host, port = host_and_port(server) if server.count(":") == 1 else (server, 53)
    return partial(look_up, resolver=resolver_at(host, port))


def _send(parts: Parts, address: str, wait: int) -> Iterator[Finding]:
    try:
        to = parse_address(address, smtputf8=True)
    except BadAddress as error:
        raise WrongUse(str(error)) from error
    able = None
    for one in send_tests(parts, to.written):
        if one.accepted:
            able = able or one.relay
            told = "when it has arrived, save it whole and run `tocsin check --arrived FILE`"
            yield Finding("test", Health.GOOD, f"{one.relay} took it ({one.answer}); {told}")
        else:
            yield Finding("test", Health.BAD, f"{one.relay} did not take it: {one.answer}")
    if able is not None:
        yield from await_returns(parts, send_probes(parts, able), wait)


def _raw(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from error


def _tell(findings: Iterable[Finding], *, as_json: bool) -> bool:
    """Print the findings as they come; tell whether one is in the way of delivery."""
    counts = dict.fromkeys(Health, 0)
    for finding in findings:
        counts[finding.health] += 1
        if as_json:
            json_line(finding)
        else:
            mark, style = _MARKS[finding.health]
            out.print(Text.assemble((f"{mark} ", style), (f"{finding.name:<16}", "bold"), plain(finding.text)))
    if not as_json:
        out.print(f"{counts[Health.GOOD]} ok, {counts[Health.WARNING]} to look at, {counts[Health.BAD]} in the way")
    return counts[Health.BAD] > 0
