"""The setting MEMENTO_ARCHIVES: what it names is asked, and what cannot be used is said in one sentence."""

import pytest

from citekeep.exceptions import SettingsError
from citekeep.wayback.archives import Archive, parse_archives

URL = "https://a.test/x?b=1&c=2"


def test_a_timemap_and_a_timegate():
    one, two = parse_archives([
        "arquivo=https://Arquivo.example/wayback/timemap/link/{url}", " lib=timegate:https://lib.example:8443/tg?u={url}&x=1 ",
    ])  # fmt: skip
    assert one == Archive("arquivo", "https://arquivo.example", "/wayback/timemap/link/{url}")
    assert one.path(URL) == f"/wayback/timemap/link/{URL}"
    assert (two.name, two.base, two.timegate) == ("lib", "https://lib.example:8443", True)
    assert two.path(URL) == "/tg?u=https%3A%2F%2Fa.test%2Fx%3Fb%3D1%26c%3D2&x=1"
    assert parse_archives([]) == ()


@pytest.mark.parametrize(
    "entry",
    [
        "", "https://a.test/{url}", "a=http://a.test/{url}", "a=https://a.test/", "a=https:///{url}", "a=https://{url}/x",
        "a=https://user:word@a.test/{url}", "a=https://a.test/{url}/{url}", "a=https://a.test:0/{url}",
        "a=https://a.test:99999/{url}", "a=https://[::1/{url}", "A b=https://a.test/{url}", "a=https://a.test/ {url}",
        "a=timemap:https://a.test/{url}", "a=https://a.test/#{url}", "a=https://a.test?{url", "a=ftp://a.test/{url}",
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_what_would_do(entry):
    with pytest.raises(SettingsError, match=r"MEMENTO_ARCHIVES: .*timegate:https://host/\{url\}"):
        parse_archives([entry])


@pytest.mark.parametrize(
    "entries", [["wayback=https://a.test/{url}"], ["a=https://a.test/{url}", "a=https://b.test/{url}"]]
)
def test_a_name_stands_for_one_archive(entries):
    with pytest.raises(SettingsError, match="taken"):
        parse_archives(entries)
