"""The sender role: what is approved, letters, digests, and what else is owed to readers and editors."""

from __future__ import annotations

import asyncio
from functools import partial

from tocsin.desk.drills import DRILL, send_drill
from tocsin.desk.duty import DUTY, plan_duty, watch_over
from tocsin.desk.grace import GRACE, end_grace
from tocsin.mailroom.returned import FORWARD, pass_on
from tocsin.sending.digests import DIGEST, LOOK, look_for_due, plan_digests, send_digest
from tocsin.sending.letters import LETTER, write_letter
from tocsin.sending.sender import run_sender
from tocsin.subscribers.offers import OFFERS, push_offers
from tocsin.subscribers.retention import TIDY, plan_tidying, tidy
from tocsin.wiring import Parts

_BY_MAIL = {LETTER: write_letter, DRILL: send_drill, FORWARD: pass_on, DIGEST: send_digest}
"""What waits for a relay, which may take a minute to answer."""
_BESIDE = {GRACE: end_grace, DUTY: watch_over, OFFERS: push_offers, TIDY: tidy, LOOK: look_for_due}


async def send(parts: Parts, stop: asyncio.Event) -> None:
    """Send what is approved, letters and what else is owed to readers until ``stop`` is set; none waits for another."""
    for plan in (plan_tidying, plan_digests, plan_duty):
        await asyncio.to_thread(plan, parts)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_sender(parts, stop))
        for handlers in (_BY_MAIL, _BESIDE):
            tasks.create_task(parts.jobs.work({name: partial(do, parts) for name, do in handlers.items()}, stop))
