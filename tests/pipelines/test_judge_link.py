"""The pipeline that judges: from a Check to its Judgement."""

from scrapy.utils.test import get_crawler

from citekeep import clock
from citekeep.items import Check, DueLink, Exchange
from citekeep.verdicts.table import RULES_VERSION
from pipelines.judge_link import JudgeLinkPipeline

URL = "https://news.example/2022/emigration-from-russia"


def pipeline(**settings):
    crawler = get_crawler(settings_dict={"CHECK_AFTER_DAYS": 10, **settings})
    return JudgeLinkPipeline.from_crawler(crawler), crawler.stats


def a_check(history=None, **fields):
    link = DueLink(link_id=1, url=URL, request_url=URL, history=history or {})
    return Check(link=link, epoch=1, site_id=1, checked_at=clock.now(), requested_url=URL, **fields)


async def test_a_check_is_judged_and_counted():
    judge, stats = pipeline()
    body = b"<title>Emigration from Russia</title><p>Many have left."
    check = a_check(status=200, final_url=URL, body=body, content_type="text/html")
    assert await judge.process_item(check) is check
    judgement = check.judgement
    assert (judgement.verdict, judgement.group, judgement.standing) == ("alive", "alive", "alive")
    assert judgement.rules_version == RULES_VERSION
    assert 9.9 * 86_400 < clock.parse(judgement.next_check_at) - clock.timestamp() < 10.1 * 86_400
    assert stats.get_value("judge_link/alive") == 1


async def test_the_history_of_the_link_decides_what_holds_of_it():
    judge, _ = pipeline()
    before = {"standing": "doubtful", "strikes": 2, "last_checked_at": clock.after(-4 * 86_400)}
    check = await judge.process_item(a_check(before, status=404, final_url=URL))
    assert (check.judgement.standing, check.judgement.strikes) == ("dead", 3)
    assert check.judgement.evidence["struck"] is True


async def test_what_was_not_asked_and_what_failed_is_judged_too():
    judge, _ = pipeline()
    for fields, verdict in (
        ({"reason": "robots"}, "robots"),
        ({"error": "nxdomain", "error_phase": "dns"}, "dns_nxdomain"),
        ({"error": "local"}, "local"),
    ):
        check = await judge.process_item(a_check(**fields))
        assert check.judgement.verdict == verdict


async def test_retry_after_is_heeded():
    judge, _ = pipeline()
    exchange = Exchange(url=URL, status=429, headers=[("Retry-After", "172800")])
    check = await judge.process_item(a_check(status=429, final_url=URL, exchanges=[exchange]))
    assert clock.parse(check.judgement.next_check_at) - clock.timestamp() > 1.9 * 86_400


async def test_other_items_pass():
    judge, _ = pipeline()
    item = {"not": "a check"}
    assert await judge.process_item(item) is item
