"""sources.toml: what it says, and what is said of its faults."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.sources import Source, SourcesError, read_sources
from citekeep.sources.lines import lines_of

WHOLE = '''
# what we look at
[[source]]
name = "the-paper"
feed = "https://paper.test/rss.xml"
collection = "politics"
every = "30m"
depth = "article"
publicity = "private"
robots = "ignore"
robots_reason = """
The editor asked us to,
by letter."""
legal_basis = "§ 60d"
rights = "their own"
user_agent = "Citekeep for the Library"
contact = "mailto:web@library.test"
proxy = "http://127.0.0.1:8118"

[[source]]
name = "section"
section = "https://paper.test/news/"
pattern = "https://paper.test:443/news/2026/*"

[[source]]
name = "list"
list = "lists/articles.txt"
'''


@pytest.fixture
def write(tmp_path):
    path = tmp_path / "sources.toml"

    def write(text):
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_all_that_an_entry_can_say(write):
    path = write(WHOLE)
    paper, section, given = read_sources(path)
    assert paper == Source(
        name="the-paper", kind="feed", place="https://paper.test/rss.xml", line=3, collection="politics", every=1800,
        depth="article", public=False, robots="ignore", robots_reason="The editor asked us to,\nby letter.",
        legal_basis="§ 60d", rights="their own", user_agent="Citekeep for the Library",
        contact="mailto:web@library.test", proxy="http://127.0.0.1:8118",
    )  # fmt: skip
    assert (section.every, section.pattern, section.line) == (21_600, "https://paper.test/news/2026/*", 20)
    assert given.place == str(path.parent / "lists" / "articles.txt")


FEED = '[[source]]\nname = "a"\nfeed = "https://a.test/"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "no [[source]]"),
        ("x = 1\n" + FEED, 1, "stands outside of an entry"),
        ("\n[source]\nname = 'a'\n", 2, "two pairs of brackets"),
        (FEED + "evry = '1h'\n", 4, "'evry' is no field"),
        (FEED + "rights = 'a\u2028b'\nx = 1\n", 5, "'x' is no field"),
        (FEED + "since = 2026-01-01T00:00:00Z\n", 4, "since must be a day"),
        (FEED + "since = 2026\n", 4, "since must be a day"),
        (FEED + "every = 5\n", 4, "every must be a number with m, h, d or w"),
        (FEED + "every = '1m'\n", 4, "between 5 minutes and a year"),
        (FEED + "\nsitemap = 'https://a.test/s.xml'\n", 5, "this one has feed and sitemap"),
        ("[[source]]\nname = 'a'\n", 1, "this one has none of them"),
        ("[[source]]\nfeed = 'https://a.test/'\n", 1, "needs a name"),
        (FEED.replace('"a"', '"a b"'), 2, "name must be of letters"),
        (FEED.replace("https", "ftp"), 3, "feed is no URL"),
        (FEED.replace("https://", "https://u:p@"), 3, "name or password"),
        (FEED + "robots = 'ignore'\n", 4, "needs a robots_reason"),
        (FEED + "robots_reason = 'x'\n", 4, 'is for robots = "ignore" alone'),
        (FEED + "pattern = 'https://a.test/*'\n", 4, "only a section has a pattern"),
        ("[[source]]\nname='a'\nsection='https://a.test/'\n", 1, "a section needs the pattern"),
        ("[[source]]\nname='a'\nsection='https://a.test/'\npattern='https://*.test/'\n", 4, "* in its host"),
        (FEED + "proxy = 'http://u:p@h:1'\n", 4, "proxy holds a name or password"),
        (FEED + "proxy = 'h:1'\n", 4, 'must be "http://host:port"'),
        (FEED + "proxy = 'http://h:99999'\n", 4, "no address of a proxy"),
        (FEED + "user_agent = 'Ц'\n", 4, "in ASCII"),
        (FEED + 'user_agent = "a\\nb"\n', 4, "one line"),
        (FEED + "publicity = true\n", 4, "'public' or 'private'"),
        (FEED.replace("feed", "article") + "every = '6h'\n", 4, "an article is revisited by its age"),
        (FEED + FEED, 4, "is that of line 1 already"),
        (FEED + 'rights = """\n[[source]]\nevery = 1"""\nevery = 1\n', 7, "every must be"),
        (FEED + "name = 'again'\n", 4, "at line 4"),
    ],
)
def test_a_fault_is_told_with_its_line(write, text, line, said):
    with pytest.raises(SourcesError) as told:
        read_sources(write(text))
    first = str(told.value).splitlines()[0]
    assert said in first
    assert f"line {line}" in first


def test_all_faults_are_told_at_once(write):
    with pytest.raises(SourcesError) as told:
        read_sources(write(FEED + "every = 1\ndepth = 'x'\n" + '[[source]]\nname = "b"\n'))
    assert [text.split(":")[0] for text in str(told.value).splitlines()] == [
        "sources.toml, line 4", "sources.toml, line 5", "sources.toml, line 6",
    ]  # fmt: skip


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(SourcesError, match=r"There is no sources\.toml"):
        read_sources(tmp_path / "sources.toml")
    (tmp_path / "latin.toml").write_bytes(b"\n# caf\xe9\n")
    with pytest.raises(SourcesError, match="line 2: this is no UTF-8"):
        read_sources(tmp_path / "latin.toml")
    with pytest.raises(SourcesError, match="cannot be read"):
        read_sources(tmp_path)


_VALUE = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\\\"'\r\x7f", exclude_categories=("Cc", "Zl", "Zp")), max_size=9)
    .map(lambda text: f'"{text}"'),
    st.sampled_from(['"""\n[[source]]\nname = 1\n"""', "'''\n'x' = [\n'''", "[\n1,\n[2], # ]\n]", "[ '[' ]", '"#"', "{a = [1]}"]),
)  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b-c", "name", '"quoted key"']), _VALUE, min_size=1), max_size=4))
def test_each_key_is_found_on_its_line(entries):
    text, expected = "", []
    for entry in entries:
        text += "[[source]] # one\n"
        keys = {}
        for key, value in entry.items():
            keys[key.strip('"')] = text.count("\n") + 1
            text += f"{key} = {value} # ['\n"
        expected.append(keys)
    assert [list(entry) for entry in tomllib.loads(text).get("source", [])] == [list(keys) for keys in expected]
    assert lines_of(text).keys == expected
