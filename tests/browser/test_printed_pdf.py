"""A page printed to PDF by a browser: its links and its Cyrillic text are read back as they were."""

import base64

from citekeep.documents.notes import citations_of
from citekeep.documents.pdf import read_pdf

FILLING = "Дальше идёт обычный текст абзаца, который занимает на странице несколько строк подряд. " * 4
PAGE = f"""<!doctype html><meta charset=utf-8><title>Пять миллионов отъездов</title>
<h1>Пять миллионов отъездов</h1>
<p>Как <a href="https://uralwire.test/novosti/1500">сообщил сайт «Урал-Телеграф» в большой статье об отъездах</a>, уехали
полторы тысячи человек.<sup>1</sup> {FILLING}</p>
<p>Адрес таблицы: https://statistics.test/tables/2021/migration-by-region-and-month. {FILLING}</p>
<p style="font-size: 70%; position: absolute; bottom: 0">1 См. <a href="https://note.test/a">отчёт ведомства</a>.</p>"""


def test_a_printed_page_is_read_back(browser):
    browser.get("data:text/html;base64," + base64.b64encode(PAGE.encode()).decode())
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"displayHeaderFooter": True})
    document = read_pdf(base64.b64decode(printed["data"]))
    assert document.title == "Пять миллионов отъездов"
    assert any(paragraph.text.endswith(FILLING.strip()) for paragraph in document.paragraphs)
    found = [
        (one.kind, one.url_as_written, one.sentence[:30]) for one in citations_of(document, language="ru", limit=9)
    ]
    assert found == [
        ("anchor", "https://uralwire.test/novosti/1500", "Как сообщил сайт «Урал-Телегра"),
        ("footnote", "https://note.test/a", "Как сообщил сайт «Урал-Телегра"),
        (
            "plain_text",
            "https://statistics.test/tables/2021/migration-by-region-and-month",
            "Адрес таблицы: https://statist",
        ),
    ]
