"""What each run did, as rows: counted once, also for runs that were killed or that worked side by side."""

from citekeep import clock, crawls, outage
from citekeep.digest.read import digest
from citekeep.digest.span import of_run
from citekeep.health import summaries
from citekeep.outage import Failed
from citekeep.wayback import ledger
from tests.archive_fixture import archive, begin, extraction, result


def rows(writer, sql):
    return writer.run_sync(lambda connection: connection.execute(sql).fetchall())


def end(writer, crawl, reason="finished"):
    writer.run_sync(lambda c: crawls.finish(c, crawl.crawl_id, reason=reason, stats={}))
    return writer.run_sync(summaries.sum_up)


def summary(writer, crawl, *names):
    (row,) = rows(writer, f"SELECT {', '.join(names)} FROM run_summaries WHERE crawl_id = {crawl.crawl_id}")
    return dict(zip(names, row, strict=True))


def due_again(writer):
    writer.run_sync(
        lambda c: c.execute("UPDATE links SET next_check_at = ? WHERE next_check_at IS NOT NULL", (clock.now(),))
    )


async def check_all(frontier, cites=(), **outcomes):
    """Check all that is due; cites: of articles; outcomes: {path of a URL: keyword arguments of ``result``}."""
    while leases := await frontier.claim(10):
        for lease in leases:
            for link in lease.links:
                told = dict(outcomes.get(link.url.rpartition("/")[2], {}))
                if link.is_article:
                    told.setdefault("extracted", extraction(cites=cites))
                await frontier.record([result(lease, link, frontier, **told)])
            await frontier.release(lease)


async def test_new_and_changed_articles(writer):
    crawl, frontier = begin(writer)
    await archive(frontier, "https://news.test/a", cites=["https://cited.test/x"])
    assert end(writer, crawl) == [crawl.crawl_id]
    assert summary(writer, crawl, "checks", "requests", "bytes", "articles_new", "articles_changed", "without_text") == {
        "checks": 2, "requests": 2, "bytes": 20, "articles_new": 1, "articles_changed": 0, "without_text": 0,
    }  # fmt: skip

    crawl, frontier = begin(writer, run="run-2")
    due_again(writer)
    await check_all(frontier, ["https://cited.test/x"])
    assert end(writer, crawl) == [crawl.crawl_id]
    assert summary(writer, crawl, "checks", "articles_new", "articles_changed") == {
        "checks": 2, "articles_new": 0, "articles_changed": 0,
    }  # fmt: skip

    crawl, frontier = begin(writer, run="run-3")
    due_again(writer)
    await check_all(frontier, a={"extracted": extraction("It says something else now."), "body": "another"})
    end(writer, crawl)
    assert summary(writer, crawl, "articles_new", "articles_changed") == {"articles_new": 0, "articles_changed": 1}


async def test_an_article_is_new_when_it_is_first_read(writer):
    crawl, frontier = begin(writer)
    await archive(
        frontier, "https://news.test/a",
        outcomes={"https://news.test/a": {"verdict": "server_error", "status": 503, "standing": "doubtful", "extracted": None}},
    )  # fmt: skip
    end(writer, crawl)
    assert summary(writer, crawl, "articles_new") == {"articles_new": 0}
    for run in ("run-2", "run-3"):
        crawl, frontier = begin(writer, run=run)
        due_again(writer)
        await check_all(frontier)
        end(writer, crawl)
        assert summary(writer, crawl, "articles_new") == {"articles_new": int(run == "run-2")}


async def test_deaths_and_revivals_are_counted_with_the_run_that_saw_them(writer):
    crawl, frontier = begin(writer)
    await archive(frontier, "https://news.test/a", cites=["https://cited.test/x", "https://cited.test/y"])
    end(writer, crawl)
    dead = {"verdict": "not_found", "standing": "dead", "status": 404, "body": "gone"}
    told = []
    for number, outcomes in enumerate([{"x": dead}, {"x": dead, "y": dead}, {"y": dead}], 2):
        crawl, frontier = begin(writer, run=f"run-{number}")
        due_again(writer)
        await check_all(frontier, **outcomes)
        end(writer, crawl)
        told.append(tuple(summary(writer, crawl, "died", "revived").values()))
    assert told == [(1, 0), (1, 0), (0, 1)]
    assert rows(writer, "SELECT url, from_standing, to_standing, citing_articles FROM standing_history ORDER BY url, 3 DESC") == [
        ("https://cited.test/x", "alive", "dead", 1), ("https://cited.test/x", "dead", "alive", 1),
        ("https://cited.test/y", "alive", "dead", 1),
    ]  # fmt: skip


async def test_what_an_outage_of_ours_killed_did_not_die(writer):
    crawl, frontier = begin(writer)
    await archive(frontier, "https://news.test/a", cites=["https://cited.test/x"])
    end(writer, crawl)
    crawl, frontier = begin(writer, run="run-2")
    due_again(writer)
    timeout = {"verdict": "timeout", "standing": "dead", "status": None, "error": "timeout"}
    await check_all(frontier, x=timeout)
    ((link, turn),) = rows(writer, "SELECT id, turn - 1 FROM links WHERE url LIKE '%/x'")
    failed = Failed(link_id=link, turn=turn, site="cited.test", error="timeout",
                    before={"standing": "alive", "strikes": 0, "last_strike_at": None})  # fmt: skip
    assert writer.run_sync(outage.take_back, [failed], "ours") == 1
    end(writer, crawl)
    assert summary(writer, crawl, "died", "revived") == {"died": 0, "revived": 0}


async def test_the_ledger_is_counted_once_whoever_worked_it(writer):
    first, frontier = begin(writer)
    await archive(frontier, "https://news.test/a", outcomes={"https://news.test/a": {"wish": "save"}})
    second, _ = begin(writer, spider="links", run="run-2")  # beside it

    def move(connection, *states):
        for state in states:
            ledger.move(connection, 1, state, **({"reason": "no"} if state == "refused" else {}))

    writer.run_sync(move, "submitting")
    end(writer, second)
    writer.run_sync(move, "refused")
    end(writer, first)
    third, _ = begin(writer, spider="feed", run="run-3")
    end(writer, third)
    counted = [tuple(summary(writer, crawl, "submitted", "refused", "saves_waiting").values())
               for crawl in (second, first, third)]  # fmt: skip
    assert counted == [(1, 0, 1), (0, 1, 0), (0, 0, 0)]


async def test_a_killed_run_is_summed_up_by_the_next(writer):
    killed, frontier = begin(writer)
    await archive(frontier, "https://news.test/a", cites=["https://cited.test/x"])
    assert writer.run_sync(summaries.sum_up) == [], "it may be alive"
    writer.run_sync(lambda c: c.execute("UPDATE crawls SET heartbeat_at = ?", (clock.after(-3_600),)))
    begin(writer, run="run-2")
    assert writer.run_sync(summaries.sum_up) == [killed.crawl_id]
    assert summary(writer, killed, "checks", "articles_new") == {"checks": 2, "articles_new": 1}
    assert rows(writer, "SELECT finish_reason, checks FROM run_history ORDER BY started_at, 2 DESC") == [
        ("interrupted", 2), (None, None),
    ]  # fmt: skip


async def test_a_run_that_was_taken_for_killed_and_went_on_is_counted_again(writer):
    slept, frontier = begin(writer)
    await archive(frontier, "https://news.test/a")
    writer.run_sync(lambda c: c.execute("UPDATE crawls SET heartbeat_at = ?", (clock.after(-3_600),)))
    writer.run_sync(crawls.mark_interrupted)
    writer.run_sync(summaries.sum_up)
    writer.run_sync(crawls.beat, slept.crawl_id)
    await archive(frontier, "https://news.test/b")
    writer.run_sync(lambda c: crawls.finish(c, slept.crawl_id, reason="finished", stats={}))
    writer.run_sync(lambda c: summaries.sum_up(c, again=slept.crawl_id))
    assert summary(writer, slept, "checks", "articles_new") == {"checks": 2, "articles_new": 2}


async def test_the_cost_follows_the_run_not_the_archive(writer):
    """SQLite's own count of steps: a hundred times the archive may not cost more than a little more."""
    steps = []
    for size in (3, 300):
        crawl, frontier = begin(writer, run=f"fill-{size}")
        for number in range(size):
            await archive(frontier, f"https://news{size}.test/{number}", cites=[f"https://cited{size}.test/{number}"])
        writer.run_sync(lambda c: c.execute("UPDATE links SET next_check_at = '2099-01-01T00:00:00Z'"))
        end(writer, crawl)
        crawl, frontier = begin(writer, run=f"run-{size}")
        await archive(frontier, f"https://one-more.test/{size}", cites=[f"https://cited.test/{size}"])
        writer.run_sync(lambda c, crawl=crawl: crawls.finish(c, crawl.crawl_id, reason="finished", stats={}))

        def counted(connection):
            ticks = [0]

            def tick():
                ticks[0] += 1
                return 0

            connection.set_progress_handler(tick, 10)
            summaries.sum_up(connection)
            connection.set_progress_handler(None, 0)
            return ticks[0]

        steps.append(writer.run_sync(counted))
    assert steps[1] < 2 * steps[0] + 20, steps


async def test_a_new_article_that_could_not_be_read_is_in_the_digest(writer):
    walled = {"verdict": "access_denied", "status": 403, "standing": "refused", "extracted": None}
    crawl, frontier = begin(writer)
    await archive(frontier, "https://news.test/walled", outcomes={"https://news.test/walled": walled})
    await archive(frontier, "https://news.test/read")
    end(writer, crawl)
    told = writer.run_sync(lambda c: digest(c, of_run(c, crawl.crawl_id)))
    section = next(one for one in told.sections if one.name == "unread_articles")
    assert [(item.url, item.facts["verdict"]) for item in section.items] == [
        ("https://news.test/walled", "access_denied")
    ]

    crawl, frontier = begin(writer, run="run-2")
    due_again(writer)
    await check_all(frontier)
    end(writer, crawl)
    told = writer.run_sync(lambda c: digest(c, of_run(c, crawl.crawl_id)))
    assert next(one for one in told.sections if one.name == "unread_articles").total == 0, "it was read"
