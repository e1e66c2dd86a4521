"""Words of an address found in a page of other letters."""

import pytest

from citekeep.verdicts import Observation, judge
from citekeep.verdicts.spellings import in_address


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("bruecke gesperrt", "brücke gesperrt"), ("brucke", "brücke"), ("ete", "été"), ("strasse", "straße"),
        ("melnichnoy", "мельничной"), ("melnichnoj", "мельничной"), ("shchenok", "щенок"), ("schenok", "щенок"),
        ("hleb", "хлеб"), ("khleb", "хлеб"), ("tsena", "цена"), ("cena", "цена"), ("yulia", "юлия"), ("yuliya", "юлия"),
        ("misto", "місто"), ("kyiv", "київ"), ("zhara", "жара"),
    ],
)  # fmt: skip
def test_a_transcription_is_known(address, page):
    assert in_address(set(address.split()), page.split()) | set(page.split()) >= set(address.split())


def test_other_words_are_not():
    assert in_address({"most", "zakryt"}, ["река", "открыта", "мосты"]) == set()
    assert in_address({"мост"}, ["мост"]) == set()


def test_a_page_bears_out_an_address_in_latin_letters():
    url = "https://gorod.example.ru/2011/05/most-na-melnichnoy-zakryt"
    body = "<html><body><h1>Мост на Мельничной закрыт</h1><p>До лета, говорят в мэрии.</p></body></html>"
    verdict = judge(Observation(requested_url=url, final_url=url, status=200, body=body))
    assert (verdict.name, verdict.evidence["rule"]) == ("alive", "url_words_found")
