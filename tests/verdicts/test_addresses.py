"""What is read of addresses the short way is what the long way would say."""

from hypothesis import given
from hypothesis import strategies as st

from citekeep.verdicts.addresses import PLAIN_PATH, netloc_of, path_of, resolve, site_of

FINAL = st.sampled_from(
    [
        "http://www.A.test:8080/x/y?z",
        "https://a.test",
        "http://me@a.test/x#y",
        "https://xn--80a.test/?q",
        "http://[::1]:80/a",
    ]
)


@given(FINAL, st.from_regex(PLAIN_PATH, fullmatch=True))
def test_a_plain_path_stays_what_it_is_and_on_its_site(final, path):
    there = resolve(final, path)
    assert path_of(there) == path
    assert site_of(there) == site_of(final)
    assert there.partition("://")[2].partition("#")[0] == netloc_of(final) + path
