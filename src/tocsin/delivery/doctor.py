"""The set-up doctor: would mail from here arrive, and if not, what to change? It asks DNS and the relay, no reader."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import dns.exception
import dns.resolver
import dns.reversename

from tocsin.delivery.dkim import Signer
from tocsin.delivery.dkim_keys import dns_record
from tocsin.delivery.dmarc import aligned, record_for, tags_of
from tocsin.delivery.transport import Relay, RelayUnavailable, connect

Lookup = Callable[[str, str], tuple[str, ...]]
"""Returns the records of a name and type as text; none when there are none. Raises ``OSError`` when DNS fails."""


class Health(StrEnum):
    """How a finding stands: fine, worth a look, or in the way of delivery."""

    GOOD = "ok"
    WARNING = "warn"
    BAD = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined, how it stands, and what to do about it."""

    name: str
    health: Health
    text: str


def look_up(name: str, kind: str, resolver: dns.resolver.Resolver | None = None) -> tuple[str, ...]:
    """Ask DNS, the system's servers unless a ``resolver`` is given; strings of a TXT record are joined."""
    try:
        answer = (resolver or dns.resolver.get_default_resolver()).resolve(name, kind, lifetime=5.0)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except dns.exception.DNSException as error:
        raise OSError(f"{name} {kind}: {error}") from error
    if kind == "TXT":
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)
    return tuple(record.to_text().rstrip(".") for record in answer)


def resolver_at(server: str, port: int = 53) -> dns.resolver.Resolver:
    """Return what asks one DNS server, by its numeric address."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [server], port
    return resolver


def examine_dns(sender: str, return_path: str, signers: tuple[Signer, ...], lookup: Lookup) -> tuple[Finding, ...]:
    """Examine SPF, DKIM and DMARC with their alignment, and whether bounces have somewhere to go."""
    domain, bounces = sender.rpartition("@")[2], return_path.rpartition("@")[2]
    return (
        _spf(bounces, lookup),
        *(_dkim(signer, lookup) for signer in signers),
        _dmarc(domain, bounces, signers, lookup),
        _mx(bounces, lookup),
    )


def _spf(domain: str, lookup: Lookup) -> Finding:
    records = [text for text in lookup(domain, "TXT") if text.lower().startswith("v=spf1")]
    if len(records) != 1:
        text = f"{domain} has {len(records)} SPF records; publish one that names the relay"
        return Finding("SPF", Health.BAD, text)
    if records[0].rstrip().endswith("+all"):
        return Finding("SPF", Health.BAD, f"{domain} lets anybody send: {records[0]}")
    return Finding("SPF", Health.GOOD, records[0])


def _dkim(signer: Signer, lookup: Lookup) -> Finding:
    name, wanted = f"{signer.selector}._domainkey.{signer.domain}", dns_record(signer.key)
    found = [tags_of(text) for text in lookup(name, "TXT")]
    if not found:
        return Finding("DKIM", Health.BAD, f'publish at {name}: "{wanted}"')
    if not any(record.get("p") == tags_of(wanted)["p"] for record in found):
        return Finding("DKIM", Health.BAD, f"the key at {name} is not the one that signs")
    return Finding("DKIM", Health.GOOD, f"{name} publishes the signing key")


def _dmarc(domain: str, bounces: str, signers: tuple[Signer, ...], lookup: Lookup) -> Finding:
    texts = cache(lambda name: lookup(name, "TXT"))
    record = record_for(domain, texts)
    if record is None:
        return Finding("DMARC", Health.BAD, f'publish one record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:…"')
    policy = record.policy_for(domain)
    if policy not in ("none", "quarantine", "reject"):
        return Finding("DMARC", Health.BAD, f"_dmarc.{record.domain} names no policy (p=): {record.text}")
    signed = [s.domain for s in signers if aligned(s.domain, domain, texts, strict=record.strict("adkim"))]
    returned = aligned(bounces, domain, texts, strict=record.strict("aspf"))
    health, why = _alignment(domain, signed=bool(signed), returned=returned, signs=bool(signers), policy=policy)
    return Finding("DMARC", health, f"{why}; _dmarc.{record.domain}: {record.text}")


def _alignment(domain: str, *, signed: bool, returned: bool, signs: bool, policy: str) -> tuple[Health, str]:
    """Return how mail from a domain stands before its DMARC record, and why."""
    if signed:
        return Health.GOOD, f"mail from {domain} passes by its signature"
    if returned and signs:
        return Health.WARNING, f"mail from {domain} passes by its return path alone: let a key of {domain} sign too"
    if returned:
        return Health.GOOD, f"mail from {domain} passes by its return path; whether the relay signs can't be seen here"
    if not signs:
        return Health.WARNING, f"nothing is signed here: mail from {domain} passes only if the relay signs as {domain}"
    return Health.BAD, f"neither signature nor return path is aligned with {domain}: receivers are asked for {policy}"


def _mx(domain: str, lookup: Lookup) -> Finding:
    if lookup(domain, "MX") or lookup(domain, "A") or lookup(domain, "AAAA"):
        return Finding("MX", Health.GOOD, f"bounces to {domain} arrive somewhere")
    return Finding("MX", Health.BAD, f"{domain} takes no mail: bounces would be lost")


def examine_address(address: str, lookup: Lookup) -> Finding:
    """Examine whether an address that mail leaves from has a name that leads back to it."""
    kind = "A" if ipaddress.ip_address(address).version == 4 else "AAAA"
    names = lookup(str(dns.reversename.from_address(address)), "PTR")
    if any(address in lookup(name, kind) for name in names):
        return Finding("PTR", Health.GOOD, f"{address} is {names[0]}")
    return Finding("PTR", Health.BAD, f"{address} has no name that leads back to it")


def examine_relay(relay: Relay) -> tuple[Finding, ...]:
    """Log in to the relay as a sender would, and tell what it offers."""
    try:
        return asyncio.run(_examine_relay(relay))
    except RelayUnavailable as error:
        return (Finding("relay", Health.BAD, str(error)),)


async def _examine_relay(relay: Relay) -> tuple[Finding, ...]:
    session = await connect(relay, lambda session, letter, answer: None)
    offer = session.offer
    session.quit()
    where = f"{relay.host}:{relay.port}"
    secure = relay.security != "none" or ipaddress_is_loopback(relay.host)
    findings = [Finding("relay", Health.GOOD, f"{where} takes letters")]
    told = f"letters to {where} travel in the clear" if not secure else f"{relay.security} to {where}"
    findings.append(Finding("TLS", Health.GOOD if secure else Health.WARNING, told))
    # Logging in is part of connecting: who comes so far has done it.
    findings.append(Finding("AUTH", Health.GOOD, f"logged in as {relay.user}" if relay.user else "no login is set"))
    for name, why in (
        ("PIPELINING", "without it one letter takes five round trips"),
        ("CHUNKING", "with it sending is about twice as fast"),
        ("SMTPUTF8", "without it addresses outside ASCII can't be served"),
    ):
        there = name in offer.extensions
        findings.append(Finding(name, Health.GOOD if there else Health.WARNING, "offered" if there else why))
    if 0 < offer.size < 200_000:
        findings.append(Finding("SIZE", Health.BAD, f"{where} takes {offer.size} octets at most"))
    return tuple(findings)


def ipaddress_is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
