"""Things of every kind that are said to be missing, language by language (missing_things.toml)."""

import pytest

from citekeep.verdicts import Observation, judge
from citekeep.verdicts.lists import missing_things, read
from citekeep.verdicts.phrases import needles_of

URL = "http://archive.example/?id=48213"
AROUND = """<ul><li><a href="/1">1</a><li><a href="/2">2</a><li><a href="/3">3</a></ul>{}<footer>© Example</footer>"""
LANGUAGES = {name: words for name, words in read("missing_things.toml").items() if name != "any"}

SAID = {
    "en": "This job is no longer available", "ru": "Элемент не найден", "uk": "Оголошення видалено або не існує",
    "be": "Запіс не знойдзены", "de": "Diese Stellenanzeige ist leider nicht mehr verfügbar",
    "fr": "Cette annonce a été supprimée par son auteur", "es": "La oferta que buscas ya no está disponible",
    "pt": "Esta vaga foi removida ou expirou", "it": "L'annuncio non è più disponibile",
    "nl": "Deze vacature is niet meer beschikbaar", "pl": "Ogłoszenie wygasło", "cs": "Inzerát nebyl nalezen",
    "sk": "Dokument nebol nájdený", "ro": "Anunțul nu mai este disponibil", "hu": "A keresett dokumentum nem található",
    "tr": "İlan yayından kaldırılmış", "sv": "Annonsen finns inte längre", "no": "Annonsen er dessverre slettet",
    "da": "Artiklen er slettet eller flyttet", "fi": "Ilmoitusta ei enää löydy", "et": "Kuulutust ei leitud",
    "lv": "Sludinājums nav atrasts", "lt": "Skelbimas nerastas", "el": "Η αγγελία δεν βρέθηκε",
    "bg": "Обявата не е намерена", "sr": "Oglas nije pronađen", "hr": "Članak više nije dostupan",
    "sl": "Oglas ni bil najden", "mk": "Огласот не постои", "sq": "Artikulli nuk u gjet", "is": "Fréttin fannst ekki",
    "ca": "L'anunci ja no està disponible", "gl": "O anuncio xa non existe", "eu": "Dokumentua ez da aurkitu",
    "ka": "დოკუმენტი ვერ მოიძებნა", "hy": "Նյութը չի գտնվել", "az": "Elan tapılmadı", "kk": "Мақала табылмады",
    "ky": "Макала табылган жок", "uz": "Maqola topilmadi", "tg": "Мақола ёфт нашуд", "mn": "Нийтлэл олдсонгүй",
    "he": "הכתבה לא נמצאה", "ar": "الخبر غير موجود", "fa": "خبر مورد نظر یافت نشد", "ur": "خبر موجود نہیں",
    "hi": "लेख नहीं मिला", "bn": "সংবাদ পাওয়া যায়নি", "th": "ไม่พบบทความ", "vi": "Bài viết không tồn tại",
    "id": "Berita tidak ditemukan", "ms": "Artikel tidak dijumpai", "tl": "Hindi nahanap ang artikulo",
    "sw": "Habari haikupatikana", "af": "Hierdie berig is verwyder", "ko": "기사를 찾을 수 없습니다",
    "ta": "செய்தி கிடைக்கவில்லை", "te": "వార్త దొరకలేదు", "ne": "समाचार फेला परेन", "mr": "लेख सापडले नाही",
    "cy": "Erthygl heb ei chanfod", "ga": "Níor aimsíodh an alt", "mt": "Artiklu ma nstabitx", "lb": "Artikel net fonnt",
    "eo": "Artikolo ne trovita", "ku": "Gotar nehat dîtin", "ht": "Atik pa jwenn", "am": "ዜናው አልተገኘም",
    "ja": "この求人は掲載が終了しました", "zh": "该文章已被作者删除",
}  # fmt: skip
"""A sentence of each language, as boards, portals and content systems write them; none but of the lists' own languages."""

NEWS = [
    "We inform you that the requested document was not found in the archive",
    "The article was not found to be in breach of the code",
    "Das Gericht teilt mit, dass der Artikel gelöscht wurde",
    "Сообщаем, что запрошенный документ не найден в архиве",
    "Nous vous informons que le document n'a pas été trouvé",
    "Informujemy, że dokument nie został odnaleziony w archiwum",
]


def told(body: str) -> str:
    page = f"<html><head><title>Example</title></head><body>{AROUND.format(body)}</body></html>"
    return judge(Observation(requested_url=URL, final_url=URL, status=200, body=page)).name


def test_each_language_has_a_sentence_here() -> None:
    assert LANGUAGES.keys() == SAID.keys()


@pytest.mark.parametrize("language", SAID)
def test_what_is_said_to_be_missing_is(language: str) -> None:
    assert told(f"<p>{SAID[language]}.</p>") == "soft_404"
    assert told(f"<h1>{SAID[language]}</h1>") == "soft_404"


@pytest.mark.parametrize("language", SAID)
def test_a_story_that_quotes_it_is_there(language: str) -> None:
    quoted = f"<h1>Example</h1><p>It was on all screens: «{SAID[language]}». By noon it was gone.</p>"
    assert told(quoted) == "alive_unverified"
    assert told(f"<h1>Example</h1><p>One sentence before it.</p><p>{SAID[language]}.</p>") == "alive_unverified"


@pytest.mark.parametrize("sentence", NEWS)
def test_what_is_told_of_others_is_news(sentence: str) -> None:
    assert told(f"<h1>From the week</h1><p>{sentence}.</p>") == "alive_unverified"


def test_every_expression_has_a_string_it_cannot_be_without() -> None:
    assert [expression[:60] for expression in missing_things() if not needles_of(expression)] == []
