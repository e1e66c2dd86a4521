"""What a run did, read from archive.db for the table that a person reads at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from citekeep.verdicts.table import newest

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, kw_only=True)
class ArticleReport:
    """One article of a run: its check and its citations as ``citation_status`` has them, in the article's order.

    Each citation has ``snapshot_said``, too: "as cited" or "nearest known". published: a date, and whether it is a guess.
    verdict: of this run's check of the article itself. outcome, words: of the extraction (None: nothing to extract).
    """

    url: str
    title: str | None
    published: str | None
    verdict: str
    group: str
    sentence: str
    status: int | None
    outcome: str | None
    words: int
    public: bool
    citations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """What one run did. articles: the first of them, in full; article_count: all of them; readable: of how many the page, or
    a text, could be read. counts: {verdict group: checks}. published, held_back: links named to the Wayback Machine, and
    links that were not, with the reason: {reason: number}. waiting: links still due. with_others: those of them on sites
    that another run holds. saves: {state: number}. requisites: of the articles' pages, by outcome, with "bytes". paused: rows
    of paused_sites that this run paused, or of which it left links unasked. capped: {site: links} that it left for another run,
    as it had asked the site as often as it may.
    """

    crawl_id: int
    articles: list[ArticleReport]
    article_count: int
    readable: int
    counts: dict[str, int]
    published: int
    held_back: dict[str, int]
    withheld: list[tuple[str, str]]
    waiting: int
    with_others: int
    saves: dict[str, int]
    requisites: dict[str, int] = field(default_factory=dict)
    paused: list[dict[str, Any]] = field(default_factory=list)
    capped: dict[str, int] = field(default_factory=dict)


ARTICLES_SHOWN = 20
READABLE = frozenset({"alive", "changed"})
"""Groups of verdicts whose page can be read; a saved document can if it has a text."""

UNREAD = frozenset({"timed_out", "crashed"})
"""Outcomes of an extraction that was not done: the page may be alive, and nothing of it is known."""

_ARTICLES = """
with recursive run (id) as (  -- with those that it went on with: their articles are this command's
  select :crawl
  union select c.resumes_id from crawls c join run on run.id = c.id where c.resumes_id is not null
)
select l.url, l.public, a.id as article_id, d.title,
       coalesce(a.published_at, a.published_on) || iif(a.published_basis = 'guess', ', a guess', '') as published,
       j.verdict, v."group" as verdict_group, v.sentence_en as sentence, c.status, d.outcome, d.word_count as words
from checks c
join links l on l.id = c.link_id
join articles a on a.link_id = l.id
left join documents d on d.id = c.document_id
left join judgements j on j.check_id = c.id
  and j.rules_version = (select max(rules_version) from judgements where check_id = c.id)
left join verdicts v on v.name = j.verdict
where c.crawl_id in (select id from run)
order by c.id
"""

_CITATIONS = """
select s.*, (
  select said.memento_said from citation_mementos said
  join citations ci on ci.id = said.citation_id
  join articles a on a.id = ci.article_id join links l on l.id = a.link_id
  where l.url = s.article_url and ci.position = s.position and ci.url_as_written = s.url_as_written limit 1
) as snapshot_said
from citation_status s where article_url = :url and still_cited order by position, url_as_written
"""


def _was_read(row: dict[str, Any]) -> bool:
    return bool(row["words"]) or (row["verdict_group"] in READABLE and row["outcome"] not in UNREAD)


def run_report(connection: sqlite3.Connection, crawl_id: int, *, min_priority: int, now: str) -> RunReport:
    """Return what the run ``crawl_id`` did; only the first ARTICLES_SHOWN articles are read in full."""

    def rows(sql: str, **values: Any) -> list[dict[str, Any]]:
        cursor = connection.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def pairs(sql: str, **values: Any) -> dict[str, int]:
        return dict(connection.execute(sql, values).fetchall())

    found = rows(_ARTICLES, crawl=crawl_id)
    articles = [
        ArticleReport(
            url=row["url"],
            title=row["title"],
            published=row["published"],
            verdict=row["verdict"] or "",
            group=row["verdict_group"] or "",
            sentence=row["sentence"] or "",
            status=row["status"],
            outcome=row["outcome"],
            words=row["words"] or 0,
            public=bool(row["public"]),
            citations=rows(_CITATIONS, url=row["url"]),
        )
        for row in found[:ARTICLES_SHOWN]
    ]
    waiting, with_others = connection.execute(
        _WAITING, {"priority": min_priority, "now": now, "crawl": crawl_id}
    ).fetchone()
    return RunReport(
        crawl_id=crawl_id,
        articles=articles,
        article_count=len(found),
        readable=sum(_was_read(row) for row in found),
        counts=pairs(_COUNTS, crawl=crawl_id),
        published=connection.execute(_PUBLISHED, {"crawl": crawl_id}).fetchone()[0],
        held_back=pairs(_HELD_BACK, crawl=crawl_id),
        withheld=[tuple(row) for row in connection.execute(_WITHHELD, {"crawl": crawl_id})],
        waiting=waiting,
        with_others=with_others,
        saves=pairs(_SAVES, crawl=crawl_id),
        requisites={name: number for name, number in rows(_REQUISITES, crawl=crawl_id)[0].items() if number},
        paused=rows(_PAUSED, crawl=crawl_id, now=now),
        capped=pairs(_CAPPED, crawl=crawl_id),
    )


_COUNTS = """
select v."group", count(*) from checks c
join judgements j on j.check_id = c.id
  and j.rules_version = (select max(rules_version) from judgements where check_id = c.id)
join verdicts v on v.name = j.verdict
where c.crawl_id = :crawl group by 1
"""

# A link was named to the Wayback Machine once a question about it was sent there, or a save of it was.
_PUBLISHED = """
select count(*) from (select distinct link_id from checks where crawl_id = :crawl) seen
where exists (select 1 from lookups where lookups.link_id = seen.link_id)
   or exists (select 1 from saves where saves.link_id = seen.link_id
              and saves.state not in ('wanted', 'deferred'))
"""

_HELD_BACK = """
with seen as (
  select link_id from checks where crawl_id = :crawl
  union select ci.link_id from citations ci join articles a on a.id = ci.article_id
    join checks c on c.link_id = a.link_id where c.crawl_id = :crawl
)
select coalesce(l.withheld, 'private') as reason, count(*)
from seen join links l on l.id = seen.link_id
where (l.withheld is not null or l.public = 0) and l.url not like 'urn:%' group by 1
"""

_WITHHELD = """
select distinct l.url, l.withheld from checks c join links l on l.id = c.link_id
where c.crawl_id = :crawl and l.withheld is not null order by l.url limit 50
"""

# In two parts, each of which the index links_waiting finds: else every link of the archive is read.
_WAITING = """
with waiting as (
  select site_id from links where priority > 0 and priority >= :priority and next_check_at is not null
  union all select site_id from links where :priority = 0 and priority = 0 and next_check_at <= :now
)
select count(*), coalesce(sum(s.claimed_until > :now and s.claimed_by is not (select run from crawls where id = :crawl)), 0)
from waiting join sites s on s.id = waiting.site_id
"""

_SAVES = """
select s.state, count(distinct s.id) from saves s
where s.link_id in (select link_id from checks where crawl_id = :crawl) group by 1
"""

_REQUISITES = """
select sum(r.captured) as captured, sum(r.failed) as failed, sum(r.over_the_cap) as over_the_cap,
       sum(r.not_asked) as not_asked, sum(r.waiting) as waiting, sum(r.bytes) as bytes
from article_requisites r join links l on l.url = r.url
where l.id in (select link_id from checks where crawl_id = :crawl)
"""

_PAUSED = """
select p.* from paused_sites p join sites s on s.site = p.site
where p.paused_until > :now and (
  p.paused_at >= (select started_at from crawls where id = :crawl)
  or exists (select 1 from checks c join links l on l.id = c.link_id
             where c.crawl_id = :crawl and c.reason in ('paused', 'cap') and l.site_id = s.id))
order by p.waiting desc, p.site limit 50
"""

_CAPPED = f"""
select s.site, count(*) from checks c join links l on l.id = c.link_id join sites s on s.id = l.site_id
join judgements j on j.check_id = c.id and {newest("j")}
where c.crawl_id = :crawl and c.reason = 'cap' and coalesce(j.evidence ->> '$.why', 'run') = 'run'
group by 1 order by 2 desc limit 50
"""  # noqa: S608 - ours
