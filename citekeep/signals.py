"""Signals of Citekeep's own, for ``crawler.signals`` (plain objects, so that the core need not know Scrapy)."""

exchange_finished = object()
"""Sent by the observing download handler for every HTTP exchange, good or failed: ``exchange`` (items.Exchange),
``request`` (scrapy.Request). Receivers must not block; they set ``exchange.written`` if they write it somewhere."""

check_recorded = object()
"""Sent by pipelines/record once the transaction of a check has committed: ``check`` (items.Check), ``outcome``
(frontier.RECORDED, or why the recorder refused it: a stale turn or a lost lease)."""

check_finished = object()
"""Sent by the spiders when a check is over, recorded or not: ``cookiejar`` (the name of its jar)."""
