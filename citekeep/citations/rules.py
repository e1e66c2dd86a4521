"""The rules that tell citations from the rest of a page, as data.

A name in an attribute counts only for a small part of the page: an ancestor that holds more than EXCLUDED_SHARE of the
matched words is the article itself, whatever its class says.
"""

from __future__ import annotations

import re

NGRAM = 4  # words
MATCH_SHARE = 0.8  # of a block's n-grams that must occur in the extracted text
SHORT_WORDS, SHORT_CHARACTERS = 8, 40  # a block below both is a heading, a label, a caption
WORDS_BESIDE = {"p": 1, "li": 4, "dd": 4, "dt": 4}  # words beside the link that make a short block of a tag a sentence
EXCLUDED_SHARE = 0.15
LINKY_LINKS, LINKY_SHARE = 3, 0.85  # a block of so many links that is so much link text is a list of tags
PROMO_WORDS = 50
LABEL_WORDS = 4
BYLINE_WORDS = 15  # a line that begins like a byline and is shorter is one

SKIPPED_TAGS = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "canvas",
        "video",
        "audio",
        "select",
        "option",
        "textarea",
        "button",
        "head",
        "map",
        "applet",
        "datalist",
        "dialog",
    ]
)
BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
EXCLUDED_TAGS = frozenset(["nav", "aside", "figcaption", "figure", "footer", "form", "header", "menu"])
EMBED_WRAPPER_TAGS = frozenset(["figure", "figcaption"])
EMBED_WRAPPERS = re.compile(
    r"(?:^|[\s_-])(?:widget|social|share|sharing|caption|credits?|figure)(?=$|[\s_-])", re.IGNORECASE
)
"""What pages call the box around something embedded: of an embed these say nothing against it."""

EXCLUDED_NAMES = re.compile(
    r"(?:^|[\s_-])(?:related|recommend(?:ed|ations?)?|promo|promoted|sponsor(?:ed)?|advert(?:isement|s)?|newsletter|subscribe|"
    r"signup|sign-up|byline|author-?(?:bio|box|info)|share|sharing|social|caption|credits?|tags?|taglist|keywords|topics|"
    r"breadcrumbs?|comments?|sidebar|widget|popular|trending|most-?read|more-?(?:from|on|stories)|read-?(?:more|next|also)|"
    r"see-?also|teasers?|toolbar|menu|navigation|nav|footer|masthead|paywall|cookie|consent|disclaimer|copyright|"
    r"outbrain|taboola|metadata|post-?meta|entry-?meta|dateline)(?:$|[\s_-])",
    re.IGNORECASE,
)
EMBED_NAMES = re.compile(
    r"(?:^|[\s_-])(?:twitter-tweet|twitter-video|instagram-media|tiktok-embed|fb-post|fb-video|telegram-post|"
    r"reddit-card|reddit-embed-bq|bluesky-embed|mastodon-embed|wp-embedded-content|imgur-embed-pub|threads-post)(?:$|[\s_-])",
    re.IGNORECASE,
)
BYLINE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:byline|author|authors|writer|contributor|dateline|published|pubdate)(?:$|[\s_-])", re.I
)
NOTE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:footnotes?|endnotes?|references?|reflist|citations?|notes|sources|bibliography)(?:$|[\s_-])", re.I
)

SHARE_URL = re.compile(
    r"(?:facebook\.com/(?:sharer|share\.php|dialog)|(?:twitter|x)\.com/(?:share|intent)|linkedin\.com/(?:shareArticle|sharing)|"
    r"pinterest\.[a-z.]+/pin/create|reddit\.com/submit|t\.me/share|telegram\.me/share|api\.whatsapp\.com/send|wa\.me/\?|"
    r"vk\.com/share|ok\.ru/(?:dk\?st\.cmd=addShare|offer)|connect\.ok\.ru/offer|tumblr\.com/(?:share|widgets/share)|"
    r"news\.ycombinator\.com/submitlink|getpocket\.com/(?:save|edit)|flipboard\.com/(?:share|bookmarklet)|"
    r"addtoany\.com/(?:share|add_to)|addthis\.com/bookmark|digg\.com/submit|stumbleupon\.com/submit|"
    r"share\.flipboard\.com|bufferapp\.com/add|social-plugins\.line\.me|b\.hatena\.ne\.jp/(?:add|entry)|"
    r"mix\.com/(?:add|mixit)|xing\.com/spi/shares|bsky\.app/intent|threads\.net/intent)",
    re.IGNORECASE,
)
TAG_PATH = re.compile(
    r"/(?:tags?|topics?|category|categories|keywords?|hashtag|temy|tema|schlagwort|etiqueta|rubric)/", re.I
)

RELATED_LABEL = re.compile(
    r"^\W*(?:related(?: (?:article|articles|story|stories|coverage|content|news|posts?|reading|links?))?|"
    r"read (?:more|also|next|this)|see also|more (?:on|from|about|stories)|also (?:read|on)|don['’]t miss|recommended|"
    r"further reading|you may (?:also )?like|in case you missed it|"
    r"читайте (?:также|еще|ещё|подробнее)|читать (?:также|далее)|смотрите также|подробнее|по теме|материалы по теме|"
    r"читайте (?:також|ще)|читати також|дивіться також|за темою|матеріали за темою|"
    r"lesen sie (?:auch|mehr)|mehr (?:zum thema|dazu)|lesen sie hier|siehe auch|auch interessant|"
    r"à lire (?:aussi|également)|lire aussi|lire également|voir aussi|sur le même sujet|"
    r"lea también|leer más|lee también|te puede interesar|más información|noticias relacionadas|ver también|"
    r"leia (?:também|mais)|veja também|saiba mais|"
    r"leggi anche|vedi anche|per approfondire|potrebbe interessarti|"
    r"lees (?:ook|meer)|zie ook|"
    r"czytaj (?:także|też|również|więcej)|zobacz (?:także|też|również)|"
    r"čtěte (?:také|též|více)|přečtěte si také|viz také|čítajte (?:aj|tiež)|"
    r"läs (?:också|även|mer)|les også|læs også|les mer|lue myös|loe (?:ka|lisaks)|"
    r"olvasd? el|kapcsolódó|citește și|citeşte şi|vezi și|прочетете (?:още|също)|вижте още|"
    r"pročitajte (?:još|i)|pročitaj i|διαβάστε (?:επίσης|ακόμα|ακόμη)|ayrıca (?:oku|bkz)|ilgili haber(?:ler)?|"
    r"اقرأ (?:أيضا|أيضاً|المزيد)|بیشتر بخوانید|قراءة المزيد|लेख भी पढ़ें|यह भी पढ़ें|あわせて読みたい|関連記事|相关阅读|相关新闻|延伸閱讀|관련 ?기사|"
    r"baca juga|xem thêm|đọc thêm)\s*(?:[:：»>\-–—|]|$)",
    re.IGNORECASE,
)
PROMO = re.compile(
    r"\b(?:follow (?:us|me|him|her|them|@|\w+ on (?:twitter|facebook|instagram|x|telegram|bluesky|threads))|"
    r"subscribe|sign up (?:for|to|here)|newsletter|join (?:us|our)|download (?:our|the) app|get (?:our|the) app|"
    r"like us on|find us on|support (?:our|us|independent)|donate|become a (?:member|subscriber|patron)|"
    r"send (?:us )?(?:a )?tips?|email us|contact us|click here to|"
    r"подпис(?:ывайтесь|аться|ка на)|следите за|поддержите|наш(?:ем|ем)? телеграм|підпи(?:сатися|шіться|шись|суйтесь)|підтримайте|"
    r"abonnieren|folgen sie|newsletter|abonnez-vous|suivez|inscrivez-vous|suscríb|síguenos|inscreva-se|siga(?:-nos)?|"
    r"iscriviti|seguici|abonneer|volg ons|obserwuj|zapisz się)\b",
    re.IGNORECASE,
)
PROMO_OPENING = re.compile(
    r"^\W*(?:follow (?:us|me|@\w+|[\w'’-]+(?:['’]s?)? (?:(?:full|live|latest|complete) )*coverage|[\w .'’-]{1,40} on "
    r"(?:twitter|facebook|instagram|x|telegram|bluesky|threads|linkedin))\b|(?:reach|contact|email|tweet) (?:the |our )?"
    r"(?:reporters?|authors?|writers?|editors?|us|me)\b|subscribe (?:to|here|now)\b|sign up (?:for|to|here)\b|"
    r"подпис(?:ывайтесь|аться) на\b|підпи(?:сатися|шіться|суйтесь) на\b|"
    r"folgen sie (?:uns|@)|abonnieren sie\b|suivez[- ]nous\b|abonnez-vous\b|síguenos\b|suscríbete\b|siga-nos\b|seguici\b)",
    re.IGNORECASE,
)
"""How a sentence begins that asks readers to follow, subscribe or write, in a block of any length."""
BYLINE = re.compile(r"^\W*(?:by|von|par|por|di|door|автор|текст|фото|text|photo|written by)\b[:\s]", re.IGNORECASE)
_TAG_WORDS = (
    r"(?:tags?|topics?|keywords?|filed under|categor(?:y|ies)|posted in|labels?|теги?|темы|ключевые слова|рубрики?|теми|"
    r"schlagwörter|schlagworte|themen|mots[- ]clés|thèmes|etiquetas|temas|argomenti|trefwoorden|tagi|categorias?|hashtags?)\s*[:：]"
)
TAG_LINE = re.compile(rf"^\W*{_TAG_WORDS}", re.IGNORECASE)
META_LINE = re.compile(rf"(?:^|[-–—|·•/])\s*{_TAG_WORDS}", re.IGNORECASE)
"""Date, author, category and tags in one line, divided by bars or dashes: searched in blocks under META_LINE_WORDS."""
META_LINE_WORDS = 25
