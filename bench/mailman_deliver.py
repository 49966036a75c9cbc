# mypy: ignore-errors
"""Mailman's personalised delivery, timed: run by ``bench.sending --mailman`` with the Python of a venv of its own.

``python mailman_deliver.py PORT COUNT`` prints messages a second. Mailman is GPL: nothing of Tocsin imports it.
"""

import sys
import tempfile
import time
from pathlib import Path

from mailman.app.lifecycle import create_list
from mailman.config import config
from mailman.core.initialize import initialize
from mailman.database.transaction import transaction
from mailman.email.message import Message
from mailman.interfaces.domain import IDomainManager
from mailman.interfaces.mailinglist import Personalization
from mailman.mta.deliver import deliver
from mailman.testing.helpers import specialized_message_from_string
from zope.component import getUtility

CONFIGURATION = """
[mailman]
layout: here

[paths.here]
var_dir: {folder}

[mta]
incoming: mailman.mta.null.NullMTA
smtp_host: 127.0.0.1
smtp_port: {port}
"""
TEXT = """\
From: news@lists.example
To: news@lists.example
Subject: Main bridge is closed
Message-ID: <bench@lists.example>
Content-Type: text/plain

{body}
"""


def main(port: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mailman.cfg"
        file.write_text(CONFIGURATION.format(folder=folder, port=port))
        initialize(str(file))
        with transaction():
            getUtility(IDomainManager).add("lists.example")
            news = create_list("news@lists.example")
            news.personalize = Personalization.full
        message: Message = specialized_message_from_string(TEXT.format(body="The main bridge is closed.\n" * 290))
        readers = {f"reader{number}@inbox.example" for number in range(count)}
        began = time.perf_counter()
        failed = deliver(news, message, {"recipients": readers})
        print(0.0 if failed else count / (time.perf_counter() - began))
        config.db.abort()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
