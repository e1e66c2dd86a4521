"""The one list of verdicts: what a single check of a link can have seen.

Code, the database's CHECKs, docs/verdicts.md and the views follow this table. Names, once released, stay; a new one
says since which rule set it exists. What holds of a link over time is its standing (citekeep/schedule.py).
"""

from __future__ import annotations

from dataclasses import dataclass

RULES_VERSION = 7
"""Version of the rule set: raised when a rule's change can change a verdict; kept with every judgement."""

GROUPS = {
    "alive": "What was cited may be read there.",
    "changed": "The page answers, but shows something else than what was cited.",
    "dead": "The page is gone, and the network or the server says so.",
    "dead_soft": "The page is gone, though the server answers as if it were not.",
    "unknown_access": "We were refused. Others may be able to read the page.",
    "pending": "This check cannot tell. Another one may.",
    "not_checked": "Nothing was learned of the page: it was not asked, or the failure was our own.",
}

PEW_2024_STATUSES = frozenset({204, 400, 404, 410, 500, 501, 502, 503, 523})
"""Statuses that count as dead in Pew Research Center, "When Online Content Disappears" (2024). Where ``rot_pew_2024``
is None, the status decides by this set, and where there is none, the study does not say."""


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """One verdict.

    position: order of severity and of display, from 1. strikes: whether it counts towards ``dead`` (citekeep/schedule).
    rot_strict: the network or the server itself says that the page is gone. rot_broad: what was cited is not there,
    soft 404s, parked and changed pages included. rot_pew_2024: dead by the method of PEW_2024_STATUSES. Each is None
    where this verdict cannot tell. cs1_url_status: ``url-status`` of Wikipedia's citation templates, None where none
    may be given. sentence_*: what a person is told. since_ruleset: the first RULES_VERSION that had it.
    """

    name: str
    group: str
    position: int
    strikes: bool
    rot_strict: bool | None
    rot_broad: bool | None
    rot_pew_2024: bool | None
    cs1_url_status: str | None
    sentence_en: str
    sentence_ru: str
    sentence_uk: str
    since_ruleset: int = 1


@dataclass(frozen=True)
class _Kind:
    """What verdicts of one kind have in common: group, strikes, the three definitions of rot, CS1."""

    group: str
    strikes: bool
    strict: bool | None
    broad: bool | None
    pew: bool | None
    cs1: str | None


_ALIVE = _Kind("alive", False, False, False, False, "live")
_USURPED = _Kind("changed", False, False, True, False, "usurped")
_DRIFTED = _Kind("changed", False, False, True, False, "deviated")
_DEAD = _Kind("dead", True, True, True, True, "dead")
_DEAD_NOT_PEW = _Kind("dead", True, True, True, None, "dead")
_SOFT = _Kind("dead_soft", True, False, True, False, "dead")
_PARKED = _Kind("dead_soft", True, False, True, False, "usurped")
_REFUSED = _Kind("unknown_access", False, None, None, False, None)
_BY_STATUS = _Kind("pending", True, None, None, None, None)
_PENDING = _Kind("pending", False, None, None, None, None)
_NOT_CHECKED = _Kind("not_checked", False, None, None, None, None)

_ROWS: tuple[tuple[str, _Kind, str, str, str], ...] = (
    ("alive", _ALIVE, "The page is there.", "Страница на месте.", "Сторінка на місці."),
    ("alive_restricted", _ALIVE, "The page is there, but its full text is only for subscribers or members.",
     "Страница на месте, но полный текст открыт только подписчикам или участникам.",
     "Сторінка на місці, але повний текст доступний лише передплатникам або учасникам."),
    ("alive_unverified", _ALIVE, "The server answered with content; nothing confirms that it is what was cited.",
     "Сервер выдал содержимое, но ничто не подтверждает, что это именно то, на что ссылались.",
     "Сервер видав вміст, але ніщо не підтверджує, що це саме те, на що посилалися."),
    ("content_drift", _DRIFTED, "The page is there, but its text is no longer the one that was cited.",
     "Страница открывается, но текст на ней уже не тот, на который ссылались.",
     "Сторінка відкривається, але текст на ній уже не той, на який посилалися."),
    ("usurped", _USURPED, "The address now belongs to somebody else, who shows something else.",
     "Адрес теперь принадлежит другому владельцу, и показывают там другое.",
     "Адреса тепер належить іншому власнику, і показують там інше."),
    ("redirect_to_home", _SOFT, "The address leads to the front page or a section: the page itself is gone.",
     "Вместо страницы открывается главная или раздел: самой страницы больше нет.",
     "Замість сторінки відкривається головна або розділ: самої сторінки більше немає."),
    ("soft_404", _SOFT, "The server says that all is well, but the page says that it was not found.",
     "Сервер сообщает об успехе, но на странице написано, что она не найдена.",
     "Сервер повідомляє про успіх, але на сторінці написано, що її не знайдено."),
    ("hosting_placeholder", _SOFT, "Instead of the site there is the standard page of an empty server.",
     "Вместо сайта — стандартная страница пустого сервера.",
     "Замість сайту — стандартна сторінка порожнього сервера."),
    ("unclaimed_host", _SOFT, "The hosting service says that it has no site at this address.",
     "Хостинг сообщает, что по этому адресу сайта нет.", "Хостинг повідомляє, що за цією адресою сайту немає."),
    ("account_suspended", _SOFT, "The hosting service has switched the site off.",
     "Хостинг отключил этот сайт.", "Хостинг вимкнув цей сайт."),
    ("expired_registration", _PARKED, "The registration of the domain has run out.",
     "Срок регистрации домена истёк.", "Термін реєстрації домену сплив."),
    ("domain_for_sale", _PARKED, "The domain is for sale; the site is gone.",
     "Домен продаётся; сайта больше нет.", "Домен продається; сайту більше немає."),
    ("parked", _PARKED, "The domain is parked: it shows advertisements instead of a site.",
     "Домен припаркован: вместо сайта показывают рекламу.",
     "Домен припарковано: замість сайту показують рекламу."),
    ("not_found", _DEAD, "The server says that there is no such page (404).",
     "Сервер сообщает, что такой страницы нет (404).", "Сервер повідомляє, що такої сторінки немає (404)."),
    ("gone", _DEAD, "The server says that the page was removed for good (410).",
     "Сервер сообщает, что страница удалена навсегда (410).",
     "Сервер повідомляє, що сторінку видалено назавжди (410)."),
    ("redirect_loop", _DEAD_NOT_PEW, "The address leads back to itself in a circle.",
     "Адрес перенаправляет по кругу сам на себя.", "Адреса перенаправляє по колу сама на себе."),
    ("too_many_redirects", _DEAD_NOT_PEW, "The address leads on and on without ever showing a page.",
     "Адрес бесконечно перенаправляет и не показывает страницы.",
     "Адреса нескінченно перенаправляє і не показує сторінки."),
    ("bad_redirect", _DEAD_NOT_PEW, "The address leads to something that is no web address.",
     "Адрес перенаправляет на то, что не является веб-адресом.",
     "Адреса перенаправляє на те, що не є вебадресою."),
    ("conn_refused", _DEAD_NOT_PEW, "The server refuses every connection.",
     "Сервер не принимает соединений.", "Сервер не приймає з'єднань."),
    ("dns_nxdomain", _DEAD, "There is no such domain.", "Такого домена нет.", "Такого домену немає."),
    ("blocked_page", _REFUSED, "The page was blocked by law, by a censor or by a filter on the way.",
     "Страница заблокирована: по закону, цензурой или фильтром на пути к ней.",
     "Сторінку заблоковано: за законом, цензурою або фільтром на шляху до неї."),
    ("bot_wall", _REFUSED, "A bot wall let no program through; a person with a browser may see the page.",
     "Защита от роботов не пропустила программу; человек в браузере может увидеть страницу.",
     "Захист від роботів не пропустив програму; людина у браузері може побачити сторінку."),
    ("access_denied", _REFUSED, "The server refused us the page; others may see it.",
     "Сервер отказал нам в доступе; другие могут увидеть страницу.",
     "Сервер відмовив нам у доступі; інші можуть побачити сторінку."),
    ("paywall_or_login", _REFUSED, "The page is only for those who pay or log in.",
     "Страница открыта только тем, кто платит или вошёл в систему.",
     "Сторінка доступна лише тим, хто платить або увійшов у систему."),
    ("consent_wall", _REFUSED, "The site wants consent to its terms or cookies before it shows the page.",
     "Сайт требует согласия на условия или cookie, прежде чем показать страницу.",
     "Сайт вимагає згоди на умови або cookie, перш ніж показати сторінку."),
    ("rate_limited", _PENDING, "The server asks us to come back later.",
     "Сервер просит зайти позже.", "Сервер просить зайти пізніше."),
    ("server_error", _BY_STATUS, "The server reports an error of its own.",
     "Сервер сообщает о собственной ошибке.", "Сервер повідомляє про власну помилку."),
    ("other_4xx", _BY_STATUS, "The server rejects the request without saying that the page is gone.",
     "Сервер отклоняет запрос, не утверждая, что страницы нет.",
     "Сервер відхиляє запит, не стверджуючи, що сторінки немає."),
    ("empty", _PENDING, "The server answered, but with nothing to read.",
     "Сервер ответил, но читать нечего.", "Сервер відповів, але читати нічого."),
    ("js_shell", _PENDING, "The page shows nothing without JavaScript; it has to be looked at in a browser.",
     "Без JavaScript страница ничего не показывает; её нужно смотреть в браузере.",
     "Без JavaScript сторінка нічого не показує; її слід дивитися у браузері."),
    ("timeout", _PENDING, "The server did not answer in time.",
     "Сервер не ответил вовремя.", "Сервер не відповів вчасно."),
    ("conn_reset", _PENDING, "The connection was cut before a page came.",
     "Соединение оборвалось, прежде чем пришла страница.", "З'єднання обірвалося, перш ніж прийшла сторінка."),
    ("no_route", _PENDING, "The network has no way to the server.",
     "Сеть не знает пути к серверу.", "Мережа не знає шляху до сервера."),
    ("dns_error", _PENDING, "The name servers of the domain gave no usable answer.",
     "Серверы имён домена не дали внятного ответа.", "Сервери імен домену не дали зрозумілої відповіді."),
    ("tls_failed", _PENDING, "No secure connection could be made.",
     "Не удалось установить защищённое соединение.", "Не вдалося встановити захищене з'єднання."),
    ("bad_answer", _PENDING, "What the server sent is no valid answer.",
     "Сервер прислал то, что не является правильным ответом.", "Сервер надіслав те, що не є правильною відповіддю."),
    ("other_failure", _PENDING, "The check failed in a way that Citekeep does not know.",
     "Проверка не удалась по причине, которой Citekeep не знает.",
     "Перевірка не вдалася з причини, якої Citekeep не знає."),
    ("local", _NOT_CHECKED, "Not checked: our own machine or network failed.",
     "Не проверено: сбой на нашей стороне.", "Не перевірено: збій на нашому боці."),
    ("saved_document", _NOT_CHECKED, "A saved document: there is no address to ask.",
     "Сохранённый документ: запрашивать нечего.", "Збережений документ: запитувати нічого."),
    ("robots", _NOT_CHECKED, "Not checked: the site's robots.txt forbids it.",
     "Не проверено: запрещает robots.txt сайта.", "Не перевірено: забороняє robots.txt сайту."),
    ("robots_unavailable", _NOT_CHECKED, "Not checked: the site's robots.txt could not be read, so we may not ask yet.",
     "Не проверено: robots.txt сайта не читается, поэтому спрашивать пока нельзя.",
     "Не перевірено: robots.txt сайту не читається, тому запитувати поки не можна."),
    ("address_refused", _NOT_CHECKED, "Not checked: the address lies in a private network.",
     "Не проверено: адрес находится в частной сети.", "Не перевірено: адреса лежить у приватній мережі."),
    ("special_use_name", _NOT_CHECKED, "Not checked: such a name exists on no public network.",
     "Не проверено: таких имён нет в публичной сети.", "Не перевірено: таких імен немає в публічній мережі."),
    ("looks_secret", _NOT_CHECKED, "Not checked: the address seems to hold a secret.",
     "Не проверено: адрес похож на секретный.",
     "Не перевірено: адреса схожа на секретну."),
    ("acts_on_get", _NOT_CHECKED, "Not checked: asking could change something there.",
     "Не проверено: запрос мог бы что-то изменить.",
     "Не перевірено: запит міг би щось змінити."),
    ("unsupported_scheme", _NOT_CHECKED, "Not checked: this is no http or https address.",
     "Не проверено: это не адрес http или https.", "Не перевірено: це не адреса http або https."),
    ("invalid_url", _NOT_CHECKED, "Not checked: this is no valid address.",
     "Не проверено: это не правильный адрес.", "Не перевірено: це не правильна адреса."),
    ("paused", _NOT_CHECKED, "Not checked: this site is paused.",
     "Не проверено: сайт поставлен на паузу.", "Не перевірено: сайт поставлено на паузу."),
    ("cap", _NOT_CHECKED, "Not checked: a limit of this run was reached.",
     "Не проверено: достигнут предел этого запуска.", "Не перевірено: досягнуто межі цього запуску."),
)  # fmt: skip

VERDICTS: tuple[VerdictRow, ...] = tuple(
    VerdictRow(
        name=name,
        group=kind.group,
        position=position,
        strikes=kind.strikes,
        rot_strict=kind.strict,
        rot_broad=kind.broad,
        rot_pew_2024=kind.pew,
        cs1_url_status=kind.cs1,
        sentence_en=english,
        sentence_ru=russian,
        sentence_uk=ukrainian,
    )
    for position, (name, kind, english, russian, ukrainian) in enumerate(_ROWS, start=1)
)

BY_NAME: dict[str, VerdictRow] = {row.name: row for row in VERDICTS}

SHOWING: frozenset[str] = frozenset(
    row.name for row in VERDICTS if row.group in {"alive", "changed"} and row.cs1_url_status != "usurped"
)
"""Verdicts of a page that is the one that was asked for, as it was or as its own people changed it. Nothing else that an
address shows is the page: neither an error, nor a wall, nor what another owner of the domain puts there."""

SHOWING_SQL = ", ".join(f"'{name}'" for name in sorted(SHOWING))
"""The same, as they stand within the brackets of SQL's IN."""


def newest(judgements: str) -> str:
    """Return the SQL by which of each check's judgements the one of the newest rule set counts. judgements: their alias."""
    same = f"check_id = {judgements}.check_id"
    return f"{judgements}.rules_version = (SELECT max(rules_version) FROM judgements WHERE {same})"  # noqa: S608 - an alias of ours
