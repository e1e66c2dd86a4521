"""The rules that tell citations from the rest of a page, as data.

A name in an attribute counts only for a small part of the page: an ancestor that holds more than EXCLUDED_SHARE of the
matched words is the article itself, whatever its class says.
"""

from __future__ import annotations

import re

NGRAM = 4  # words
MATCH_SHARE = 0.8  # of a block's n-grams that must occur in the extracted text
ROW_SHARE = 0.3  # of the matched words that a row of blocks holds in which more prose is looked for
SOURCES_AFTER = 4  # blocks without a link, a heading say, between the last paragraph and a list of sources
SOURCE_WORDS = 3  # of a link in such a list
STATED_SHARE = 0.75  # of the extracted n-grams that the stated body must hold to be believed
DENIED_SHARE = 0.3  # of a block's n-grams: where the stated body holds fewer, the block is not the article's
LEAD_REACH = 15  # blocks from a heading to the first paragraph: between them stand the lead, a byline, a picture
SHORT_WORDS, SHORT_CHARACTERS = 8, 40  # a block below both is a heading, a label, a caption
PROSE_WORDS = 12  # a longer block is prose, also without a full stop
WORDS_BESIDE = {"p": 1, "li": 4, "dd": 4, "dt": 4}  # words beside the link that make a short block of a tag a sentence
EXCLUDED_SHARE = 0.15
DENIED_MOST = 0.6  # of the article's words: where names and tags deny more of it than that, they are not believed
BOX_DEPTH = 4  # elements from the inside out in which a teaser's heading, picture and text stand together
TEASER_SHARE = 0.34  # of a short article's words that a teaser may have
TEASER_REACH = 5  # blocks from one to the other
TITLES_MAX = 8  # links of a block that are looked at for that: a teaser has one story
LIST_LINKS, LIST_SHARE, OWN_SHARE = 2, 0.5, 0.8  # a box of links, so much link text, so many of them to the own site
LINKY_LINKS, LINKY_SHARE = 3, 0.85  # a block of so many links that is so much link text is a list of tags
LABELLED_WORDS = 25  # a block that begins with a label is an offer up to this length, or where it is mostly links
PROMO_WORDS = 50
LABEL_WORDS = 5
TITLE_WORDS = 4
LABEL_END = re.compile(r"[:：|»›>▶►]\s*[\[(«“\"]?\s*$")
FULL_STOP = re.compile(r"[.。।۔։]\W*$")  # no title ends so, a sentence does
BYLINE_WORDS = 15  # a line that begins like a byline, is shorter and no sentence is one
META_LINE_WORDS = 25
"""Date, author, category and tags in one line, divided by bars or dashes: looked for in shorter blocks."""

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
INNER_TAGS = frozenset(["li", "ul", "ol", "dl", "dt", "dd", "blockquote"])
"""What stands between paragraphs as one of them."""
BOX_TAGS = frozenset(["div", "section", "ul", "ol", "dl", "table", "aside", "article", "nav", "details"])
EXCLUDED_TAGS = frozenset(["nav", "aside", "figcaption", "figure", "footer", "form", "header", "menu"])
EMBED_WRAPPER_TAGS = frozenset(["figure", "figcaption"])
EMBED_WRAPPERS = re.compile(
    r"(?:^|[\s_-])(?:widget|social|share|sharing|caption|credits?|figure)(?=$|[\s_-])", re.IGNORECASE
)
"""What pages call the box around something embedded: of an embed these say nothing against it."""

_NAMES = (
    # of other stories and offers
    "related(?:articles?|posts?|stories|content|links?|news)?|recommend(?:ed|ations?)?|recirc(?:ulation)?|promos?|promoted|promotion|"
    "sponsor(?:ed)?|advert(?:isement|orial|s)?|popular|trending|most-?(?:read|popular|viewed)|more-?(?:from|on|stories|news|articles)|"
    "read-?(?:more|next|also)|see-?also|also-?read|teasers?|tease|outbrain|taboola|rich-?link|further-?reading|up-?next|latest-?(?:news|stories)|"
    "you-?may-?(?:also-?)?like|dont-?miss|editors?-?picks?|"
    # the same in other languages, as their pages spell it in class names
    "relacionad[oa]s?|relacionat[se]?|te-?puede-?interesar|mas-?(?:noticias|leidas|leido)|lea-?(?:tambien|mas)|leia-?(?:mais|tambem)|saiba-?mais|"
    "veja-?(?:mais|tambem)|mais-?lidas|lire-?(?:aussi|plus|suite)|a-?lire|alire|sur-?le-?meme-?sujet|correlat[aeio]|leggi-?anche|approfondiment[io]|"
    "verwandte?(?:-?artikel)?|empfehlung(?:en)?|lesen-?sie-?auch|lies-?auch|mehr-?zum-?thema|weitere-?(?:artikel|themen|meldungen)|"
    "lees-?(?:ook|verder|meer)|gerelateerd|las-?(?:ocksa|mer)|les-?ogsa|laes-?ogsa|lue-?myos|relatert(?:e)?|relatere(?:t|de)|relaterade?|"
    "powiazane|podobne|polecane|polecamy|czytaj-?(?:tez|takze|wiecej)|zobacz-?(?:tez|takze)|souvisejici|doporucujeme|suvisiace|"
    "kapcsolodo|ajanlo|ilgili(?:-?haber(?:ler)?)?|benzer(?:-?haberler)?|onerilen|citeste-?si|povezan[aeio]|vezane|procitajte|"
    "baca-?juga|terkait|tin-?lien-?quan|lien-?quan|kanren|osusume|pohozhie|chitayte-?takzhe|chitajte-?takzhe|"
    # of asking readers for something
    "newsletter(?:s|-?signup)?|subscribe|subscription|signup|sign-?up|paywall|donate|donation|cookies?|consent|whatsapp-?(?:channel|banner)|"
    # of authors, sharing, captions, topics and what surrounds an article
    "byline|author|authors|author-?(?:bio|box|info)|about-?(?:the-?)?author|bio|contributors?|share|sharing|social|caption|credits?|"
    "tags?|taglist|tag-?cloud|keywords|topics|categories|breadcrumbs?|comments?|commentlist|disqus|sidebar|widget|toolbar|menu|navigation|nav|"
    "pagination|pager|footer|masthead|disclaimer|copyright|metadata|post-?meta|entry-?meta|article-?meta|dateline|complementary|contentinfo|banner"
)
EXCLUDED_NAMES = re.compile(rf"(?:^|[\s_-])(?:{_NAMES})(?:$|[\s_-])", re.IGNORECASE)
EMBED_NAMES = re.compile(
    r"(?:^|[\s_-])(?:twitter-tweet|twitter-video|instagram-media|tiktok-embed|fb-post|fb-video|telegram-post|"
    r"reddit-card|reddit-embed-bq|bluesky-embed|mastodon-embed|wp-embedded-content|imgur-embed-pub|threads-post)(?:$|[\s_-])",
    re.IGNORECASE,
)
BYLINE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:byline|author|authors|writer|contributor|dateline|published|pubdate)(?:$|[\s_-])", re.I
)
NAMING = (
    "class",
    "id",
    "role",
    "data-component",
    "data-testid",
    "data-area",
    "data-type",
    "data-module",
    "data-qa",
    "aria-label",
)
"""Attributes in which pages and frameworks say what an element is."""
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
PROFILE_URL = re.compile(
    r"//(?:[a-z0-9-]+\.)*(?:(?:facebook|twitter|x|instagram|tiktok|linkedin|pinterest|threads|vk|ok|t|telegram|youtube|bsky|"
    r"flipboard|patreon|paypal|ko-fi|buymeacoffee|steadyhq|boosty|dzen|viber|wa|max)\.[a-z.]{2,6}/"
    r"(?:(?:in|company|c|user|channel|s|profile|people|pages|groups|public|@)/?)?[^/?#]*/?(?:[?#]|$)|"
    r"whatsapp\.com/channel|news\.google\.[a-z.]+/publications|google\.com/preferences|apps\.apple\.com|itunes\.apple\.com|"
    r"play\.google\.com/store|podcasts\.(?:apple|google)\.com|open\.spotify\.com/show)",
    re.IGNORECASE,
)
"""Of accounts, channels and apps: a link to one that stands alone asks to be followed."""
COPYRIGHT = re.compile(r"^\W*(?:©|\(c\)|copyright\b|℗)", re.IGNORECASE)
NAMED_WITHIN = 5  # words from the beginning of a block within which an author's name makes it a note about the author
ABOUT_AUTHOR_WORDS = 90
OPENED_BLOCKS, OPENED_SHARE, OPENED_WORDS = 3, 0.75, 3
"""A box of so many blocks, of which so many begin with a link of so many words to the own site, is a list of teasers."""
SOURCE_TAGS = frozenset(["p", "li", "dd", "dt", "blockquote"])
"""Where a link to elsewhere that stands alone is a source: of these boxes no advertisement is made."""
TAG_PATH = re.compile(
    r"/(?:tags?|topics?|category|categories|keywords?|hashtag|temy|tema|schlagwort|etiqueta|rubric)/", re.I
)
