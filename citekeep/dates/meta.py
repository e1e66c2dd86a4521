"""Dates of publication in meta elements, by their names: the most dependable first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

NAMES = {
    "article:published_time": "Open Graph, type article (ogp.me)",
    "og:article:published_time": "the same, with its prefix twice",
    "article:published": "the same, shortened",
    "og:published_time": "the same, under og",
    "article.published": "the same, with a dot",
    "datepublished": "schema.org, as microdata or by name",
    "date_published": "schema.org, by name",
    "rnews:datepublished": "rNews of the IPTC",
    "dc.date.issued": "Dublin Core, issued",
    "dcterms.issued": "Dublin Core terms, issued",
    "citation_online_date": "Google Scholar, of the web version",
    "citation_publication_date": "Google Scholar",
    "prism.publicationdate": "PRISM of Idealliance",
    "bepress_citation_date": "bepress, for Google Scholar",
    "parsely-pub-date": "Parse.ly",
    "sailthru.date": "Sailthru",
    "cxenseparse:recs:publishtime": "Cxense (Piano)",
    "cxenseparse:publishtime": "Cxense (Piano)",
    "bt:pubdate": "by name",
    "mediator_published_time": "Mediator, of Russian papers",
    "iso-8601-publish-date": "by name",
    "originalpublicationdate": "the BBC's older pages",
    "article_date_original": "by name",
    "publish-date": "by name",
    "publish_date": "by name",
    "publishdate": "by name",
    "published_date": "by name",
    "published-date": "by name",
    "pubdate": "by name, after RSS",
    "ptime": "the New York Times's older pages",
    "pdate": "the New York Times's older pages",
    "publication_date": "by name",
    "publication-date": "by name",
    "citation_date": "Google Scholar, older",
    "dcterms.created": "Dublin Core terms, created",
    "dc.date.created": "Dublin Core, created",
    "dc.date": "Dublin Core: some event in its life, mostly this one",
    "dcterms.date": "Dublin Core terms, likewise",
    "article:created_at": "by name",
    "date": "by name",
}
"""{name, lower case: whose it is}. Names of modification are left out on purpose: what is modified was published before."""

_OTHERS = ("comment", "review", "person", "organization", "imageobject", "product", "event")


def published_in(root: Any) -> Iterator[str]:
    """Yield what meta elements say, in the order of NAMES; of two of one name the first."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        content = element.get("content") or element.get("datetime")
        if not content:
            continue
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").strip().lower().replace("schema:", "")
            if name in NAMES and name not in found and not (attribute == "itemprop" and is_of_another(element)):
                found[name] = content
    return (found[name] for name in NAMES if name in found)


def is_of_another(element: Any) -> bool:
    """Return whether an element with an itemprop describes a comment, a picture or another thing beside the article."""
    scope = next((above for above in element.iterancestors() if above.get("itemscope") is not None), None)
    kind = (scope.get("itemtype") or "").lower() if scope is not None else ""
    return any(kind.endswith(other) for other in _OTHERS)
