"""What databases of released schemas held: ``NUMBER.json``, each written once, when that schema was the newest.

    python -m tests.store.released FILE

plays a day of the demo on an empty SQLite database (readers, consents, alerts, a correction, digests, the desk) and
writes every row of every table.
"""
