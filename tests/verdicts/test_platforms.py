"""Posts: which probe each platform is asked, and what its answers make of a link."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.probing import read_probe
from citekeep.verdicts import Observation, judge
from citekeep.verdicts.platforms import platforms, post_probe

WALL = "<html><title>Log in</title><body><form><input type=password></form></body></html>"


@pytest.mark.parametrize(
    ("url", "probe"),
    [
        ("https://t.me/znak_com/1234", "https://t.me/znak_com/1234?embed=1&mode=tme"),
        ("https://t.me/s/znak_com/1234?before=9", "https://t.me/znak_com/1234?embed=1&mode=tme"),
        ("https://t.me/c/1234567/89", None),
        ("https://t.me/znak_com", None),
        ("https://youtu.be/dQw4w9WgXcQ?t=3", "https://www.youtube.com/oembed?format=json&url=https%3A%2F%2Fwww.youtube.com"
         "%2Fwatch%3Fv%3DdQw4w9WgXcQ"),
        ("https://m.youtube.com/watch?list=x&v=dQw4w9WgXcQ", "https://www.youtube.com/oembed?format=json&url=https%3A%2F%2F"
         "www.youtube.com%2Fwatch%3Fv%3DdQw4w9WgXcQ"),
        ("https://www.youtube.com/@channel", None),
        ("https://mobile.twitter.com/someone/status/20", "https://publish.twitter.com/oembed?omit_script=1&dnt=true&url="
         "https%3A%2F%2Ftwitter.com%2Fsomeone%2Fstatus%2F20"),
        ("https://x.com/someone", None),
        ("https://vk.com/feed?w=wall-1_22", "https://m.vk.com/wall-1_22"),
        ("https://ok.ru/video/77", "https://ok.ru/videoembed/77"),
        ("https://bsky.app/profile/a.example/post/3k", "https://embed.bsky.app/oembed?format=json&url=https%3A%2F%2F"
         "bsky.app%2Fprofile%2Fa.example%2Fpost%2F3k"),
        ("https://nott.me/znak_com/1234", None),
        ("http://[", None),
    ],
)  # fmt: skip
def test_what_is_asked(url, probe):
    assert post_probe(url) == probe


def told(url, body, status=200):
    """Return the verdict of a post whose own page is a log-in, after its platform answered a probe."""
    page = Observation(requested_url=url, final_url=url, status=200, body=WALL)
    assert "post" in judge(page).wants
    found = Observation(
        requested_url=post_probe(url), final_url=post_probe(url), status=status, content_type="text/html"
    )
    fact = read_probe("post", found, body.encode(), None, "2026-01-01T00:00:00Z")
    seen = Observation(requested_url=url, final_url=url, status=200, body=WALL, probes={"post": fact})
    verdict = judge(seen)
    assert "post" not in verdict.wants
    return verdict


@pytest.mark.parametrize(
    ("url", "status", "body", "verdict"),
    [
        ("https://t.me/znak_com/1", 200, '<div class="tgme_widget_message_error">Post not found</div>', "soft_404"),
        ("https://t.me/znak_com/1", 200, '<div class="tgme_widget_message" data-post="znak_com/1">Text</div>', "alive"),
        ("https://t.me/znak_com/1", 200, '<div class="tgme_widget_message_error">Channel is private</div>', "paywall_or_login"),
        ("https://youtu.be/dQw4w9WgXcQ", 404, "Not Found", "not_found"),
        ("https://youtu.be/dQw4w9WgXcQ", 403, "Forbidden", "paywall_or_login"),
        ("https://youtu.be/dQw4w9WgXcQ", 200, '{"title": "A film", "author_url": "https://..."}', "alive"),
        ("https://x.com/someone/status/20", 404, "<title>", "not_found"),
        ("https://x.com/someone/status/20", 403, '{"error":"Sorry, you are not authorized to see this status."}',
         "paywall_or_login"),
        ("https://x.com/someone/status/20", 429, "", "access_denied"),
        ("https://vk.com/wall-1_22", 200, "<p>Запись удалена</p>", "soft_404"),
        ("https://www.tiktok.com/@who/video/7", 400, '{"message": "Something went wrong"}', None),
        ("https://ok.ru/video/77", 200, "<p>Something new</p>", None),
    ],
)  # fmt: skip
def test_what_a_platform_says_decides_and_what_is_not_known_does_not(url, status, body, verdict):
    found = told(url, body, status)
    assert found.name == (verdict or judge(Observation(requested_url=url, final_url=url, status=200, body=WALL)).name)
    if verdict:
        assert found.evidence["platform"]
    assert found.evidence["probes"]["post"]["status"] == status


def test_a_post_whose_own_page_is_a_404_is_not_asked_for():
    assert judge(Observation(requested_url="https://t.me/znak_com/1", status=404)).wants == ()
    assert judge(Observation(requested_url="https://t.me/znak_com/1", error="timeout")).wants == ()


def test_the_file_is_whole():
    names = [platform.name for platform in platforms()]
    assert len(set(names)) == len(names)
    assert {"telegram", "youtube", "x", "vk", "facebook", "instagram", "tiktok", "ok"} <= set(names)
    for platform in platforms():
        assert platform.says
        assert {says.said for says in platform.says} <= {"present", "gone", "private", "refused"}
        fields = {name for _, name, _, _ in string.Formatter().parse(platform.probe) if name}
        assert fields <= {"url", *platform.post.groupindex}


@given(st.text(max_size=200), st.sampled_from(["https://t.me/", "https://x.com/", "https://www.facebook.com/", ""]))
def test_any_url_has_a_probe_or_none(text, start):
    probe = post_probe(start + text)
    assert probe is None or probe.startswith("https://")
