"""What every worker needs, loaded once: it is imported by the process from which workers are forked.

Lists of phrases, automata and models are read at the first page that needs them, for some 0.4 s of CPU; here a page is
read before there are workers, so that none of them does it again.
"""

from __future__ import annotations

from citekeep.reading import read
from citekeep.verdicts import Observation

_URL = "http://example.org/report"
_PAGE = b"""<!DOCTYPE html><html lang="en"><head><title>Report</title><meta name="date" content="2022-01-13">
<link rel="stylesheet" href="/style.css"></head><body><article><h1>Report</h1>
<p>On Monday the council published its report about the bridge. As <a href="http://example.com/figures">the figures</a>
show, it was built to carry half of the traffic that it carries today, and nobody had measured that since 1998.</p>
<p>The report says what it would cost to build another one. Mr. Example, who wrote it, did not want to comment.</p>
</article></body></html>"""

read(
    _PAGE,
    Observation(requested_url=_URL, final_url=_URL, status=200, content_type="text/html"),
    {"words": ["the figures of the report"]},
    wanted={"want_citations": True},
    requisites=10,
)
