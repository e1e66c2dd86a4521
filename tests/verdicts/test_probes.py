"""What probes the judge asks for, what is remembered of answers, and that nothing learned beside a page can break it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep import clock
from citekeep.failures import ERRORS
from citekeep.probing import KEPT, LETTER_COUNT, MAX_AGE, cache_key, known, merged, probe_url
from citekeep.verdicts import Observation, judge
from citekeep.verdicts.platforms import platforms
from citekeep.verdicts.probes import KINDS, SKETCH, other_address, resemblance, sketch_of
from citekeep.verdicts.table import BY_NAME

LETTERS = "q" * LETTER_COUNT
TEXT = "Somewhere in the hills a small paper still comes out on Fridays and tells who has opened a shop or a school. "


@pytest.mark.parametrize(
    ("kind", "url", "error", "probe"),
    [
        ("sibling", "https://a.example/x/y/story", None, f"https://a.example/x/y/{LETTERS}"),
        ("sibling", "https://a.example/x/y/story.html?id=3", None, f"https://a.example/x/y/{LETTERS}.html"),
        ("sibling", "https://a.example/x/y/story/", None, f"https://a.example/x/y/{LETTERS}/"),
        ("sibling", "https://a.example/story", None, f"https://a.example/{LETTERS}"),
        ("root", "https://a.example:8443/x/y?z", None, "https://a.example:8443/"),
        ("other", "https://a.example/x?y", "tls_failed", "http://a.example/x?y"),
        ("other", "http://a.example/x?y", "tls_failed", None),
        ("other", "https://www.a.example/x", "nxdomain", "https://a.example/x"),
        ("other", "https://a.example/x", "nxdomain", "https://www.a.example/x"),
        ("other", "https://blog.a.example/x", "nxdomain", None),
        ("other", "https://a.example/x", "timeout", None),
        ("post", "https://a.example/x", None, None),
        ("sibling", "http://[", None, None),
    ],
)
def test_what_is_asked(kind, url, error, probe):
    assert probe_url(kind, url, error, LETTERS) == probe


def wants(url, body=f"<title>A paper</title><p>{TEXT * 3}</p>", **more):
    fields = {"status": 200, "final_url": url} | more
    return judge(Observation(requested_url=url, body=body, **fields)).wants


def test_only_a_200_that_nothing_bears_out_is_probed():
    assert wants("https://a.example/2020/xyz") == ("sibling",)
    assert wants("https://a.example/2020/xyz", final_url="https://a.example/some/where-else") == ("sibling", "root")
    assert wants("https://a.example/?p=7") == ("root",)
    assert wants("https://a.example/") == ()
    assert wants("https://a.example/2020/xyz", status=404) == ()
    assert wants("https://a.example/small-paper-in-hills-on-fridays") == (), "its words are on the page"
    assert wants("https://a.example/2020/xyz", body="plain text, and no page at all " * 9) == ()
    assert wants("https://a.example/x", status=None, error="tls_failed", body=None) == ("other",)
    assert wants("https://a.example/x", status=None, reason="robots", body=None) == ()


def test_what_is_remembered_holds_for_a_directory_for_a_while():
    fact = {"status": 404, "at": clock.text(1_000_000)}
    origin, key = cache_key("sibling", "https://a.example/x/one")
    assert (origin, key) == cache_key("sibling", "https://a.example/x/two")
    assert key != cache_key("sibling", "https://a.example/y/two")[1]
    assert key != cache_key("sibling", "https://a.example/x/two.html")[1]
    remembered = {origin: {key: fact}}
    assert known("sibling", "https://a.example/x/two", remembered, 1_000_000 + MAX_AGE - 1) == fact
    assert known("sibling", "https://a.example/x/two", remembered, 1_000_000 + MAX_AGE + 1) is None
    assert known("sibling", "https://b.example/x/two", remembered, 1_000_000) is None
    assert cache_key("post", "https://t.me/a/1") is None


def test_where_another_address_answers_each_link_is_asked_there():
    at = clock.text(1_000_000)
    origin, key = cache_key("other", "https://a.example/x")
    fails, answers = {"status": None, "error": "refused", "at": at}, {"status": 200, "error": None, "at": at}
    assert known("other", "https://a.example/y", {origin: {key: fails}}, 1_000_000) == fails
    assert known("other", "https://a.example/y", {origin: {key: answers}}, 1_000_000) is None


def test_of_a_host_the_newest_answers_are_kept():
    old = {f"sibling:/{n}/*": {"at": clock.text(n)} for n in range(KEPT)}
    kept = merged(old, {"sibling:/new/*": {"at": clock.text(KEPT)}})
    assert len(kept) == KEPT
    assert "sibling:/new/*" in kept
    assert "sibling:/0/*" not in kept


def test_sketches_tell_how_alike_pages_are():
    one, other = TEXT * 5 + "The end of the first.", TEXT * 5 + "The end of the second."
    assert resemblance(sketch_of(one), sketch_of(one)) == 1
    assert resemblance(sketch_of(one), sketch_of(other)) > 0.7
    assert (
        resemblance(sketch_of(one), sketch_of("Quite another text of which not a word has been said before, " * 3))
        < 0.1
    )
    assert resemblance(sketch_of(one), []) == 0
    assert sketch_of("too short") == []


@given(st.lists(st.sampled_from("abcdefgh"), max_size=300), st.lists(st.sampled_from("abcdefgh"), max_size=300))
def test_resemblance_is_a_share_the_same_both_ways(one, other):
    first, second = sketch_of(" ".join(one)), sketch_of(" ".join(other))
    assert len(first) <= SKETCH
    assert 0 <= resemblance(first, second) == resemblance(second, first) <= 1


urls = st.one_of(
    st.sampled_from(
        [
            "https://a.example/x/y",
            "https://t.me/paper/12",
            "https://youtu.be/dQw4w9WgXcQ",
            "http://[",
            "",
            "https://www.a.example/",
        ]
    ),
    st.text(max_size=40),
)
bodies = st.one_of(
    st.none(),
    st.text(max_size=200),
    st.sampled_from([f"<p>{TEXT * 4}</p>", "<div id=root></div><script>", f"<title>{TEXT}"]),
)
facts = st.fixed_dictionaries(
    {"url": urls},
    optional={
        "final_url": st.one_of(st.none(), urls),
        "status": st.one_of(st.none(), st.integers(-1, 999)),
        "error": st.one_of(st.none(), st.sampled_from(ERRORS)),
        "title": st.text(max_size=20),
        "sketch": st.one_of(st.just(sketch_of(TEXT * 4)), st.lists(st.integers(0, 2**32), max_size=5)),
        "verdict": st.sampled_from(sorted(BY_NAME)),
        "rule": st.sampled_from(["answered", "url_words_found", "x"]),
        "said": st.sampled_from(["gone", "private", "refused", "present", "?"]),
        "mark": st.sampled_from(["404", "post not found"]),
        "platform": st.sampled_from([platform.name for platform in platforms()]),
    },
)
earlier = st.fixed_dictionaries(
    {"text": st.one_of(st.text(max_size=300), st.just(TEXT * 5))},
    optional={"basis": st.just("memento"), "id": st.integers(), "at": st.text(max_size=5)},
)


@given(
    url=urls, final_url=st.one_of(st.none(), urls), status=st.one_of(st.none(), st.sampled_from([200, 204, 302, 404, 503])),
    error=st.one_of(st.none(), st.sampled_from(ERRORS)), body=bodies,
    probes=st.dictionaries(st.sampled_from(KINDS), facts, max_size=4), known_texts=st.lists(earlier, max_size=2),
    ips=st.lists(st.text(max_size=15), max_size=2).map(tuple),
)  # fmt: skip
def test_the_judge_is_total_and_pure_whatever_is_known_beside_the_page(
    url, final_url, status, error, body, probes, known_texts, ips
):
    seen = Observation(
        requested_url=url, final_url=final_url, status=status, error=error, body=body, probes=probes, ips=ips
    )
    verdict = judge(seen, {"earlier": known_texts})
    assert verdict.name in BY_NAME
    assert verdict.evidence["rule"]
    assert set(verdict.wants) <= set(KINDS) - set(probes)
    assert judge(seen, {"earlier": known_texts}) == verdict
    for kind in verdict.wants:
        probe_url(kind, url, error, LETTERS)


@given(urls, st.one_of(st.none(), st.sampled_from(ERRORS)))
def test_another_address_is_another(url, error):
    assert other_address(url, error) != url
