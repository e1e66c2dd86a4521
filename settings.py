"""How the parts are wired, and every setting with its default and unit; docs/settings.md explains each.

URL · list · saved document                                   links that are due
                 |                                             |
    spiders/: start() adds what it was asked for, then takes what is due (a lease on a site), until nothing is
                                      |  request
    resolver.py (asks DNS, maps, guards) · downloadhandlers/observe (bytes, peer, TLS faults, phases, errors)
                                      |  Exchange, good or failed  --> extensions/write_warc -> warcs/*.warc.gz
                                      v
    Check item -> 100 extract_text -> 150 ask_probes -> 200 judge_link -> 300 want_snapshot -> 400 record: one transaction
                                      |
    archive.db  <-->  the ledger: citekeep/wayback/worker (extensions/work_ledger, or `scrapy snapshots`)
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("CITEKEEP_DATA") or ROOT).expanduser().resolve()

# --- where the data lies (read by extensions/open_archive, commands) ---
ARCHIVE_DB = str(DATA / "archive.db")
WARC_DIR = str(DATA / "warcs")
SOURCES = str(DATA / "sources.toml")  # what is looked at on a schedule; read by spiders/feed
LOG_DIR = str(DATA / "logs")  # one file per run of a spider; read by commands/crawl

# --- what is asked, and how politely ---
BOT_NAME = "citekeep"
# who asks, and where to complain: put a page of yours behind the +; sent to every host and written to warcinfo
USER_AGENT = "Citekeep/0.1 (+https://github.com/citekeep/citekeep)"
ROBOTSTXT_OBEY = True  # read by downloadermiddlewares/robots
ROBOTSTXT_MAX_AGE = 86_400  # seconds a robots.txt is believed (RFC 9309: at most a day)
CRAWL_DELAY_MAX = 60  # seconds: a longer Crawl-delay is cut to this
# a site that answers 429, 502, 503 or 504, or loses connections though it used to answer, is asked half as often each
# time, down to once in so many seconds; this holds over all runs
SITE_DELAY_MAX = 60
SITE_DELAY_RECOVERY = 0.1  # share by which each answer shortens that pause again
RETRY_AFTER_MAX = 86_400  # seconds that a Retry-After is believed
# a site is paused after so many different links in a row that met a bot wall or 403, with no page let through; 0: never
SITE_WALLS = 3
SITE_PAUSE_DAYS = 1.0  # days of such a pause, doubled each time in a row
SITE_PAUSE_MAX_DAYS = 32.0  # days of it at most
# requests to one registrable domain, robots.txt and probes included: in one run, and in one day (UTC) by all; 0: no limit
SITE_REQUESTS_PER_RUN = 10_000
SITE_REQUESTS_PER_DAY = 20_000
CONCURRENT_REQUESTS = 32  # sites asked at the same time, too (default 16)
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # per registrable domain: requests carry download_slot (default 8)
DOWNLOAD_DELAY = 1.0  # seconds between two requests to one registrable domain
VANTAGE = ""  # a label of your choice for where this runs ("office", "Kyiv"); recorded with each run where set
SITES_ONLY: list[str] = []  # registrable domains or patterns ("*.test") this run may ask; empty: all. Others stay due
LEASE_SECONDS = 300  # how long a site stays claimed without a heartbeat; read by the spiders
# a link that was found alive is due again after so many days, after up to four times as many once it has long been quiet
CHECK_AFTER_DAYS = 30
# an article is revisited after so many hours, then at doubling intervals while it stays as it is, up to CHECK_AFTER_DAYS;
# no sooner than after a tenth of its age
ARTICLE_AGAIN_HOURS = 6
# a link is held for dead after so many strikes, twice as many where the server reports errors of its own; a second
# witness may make it sooner
STRIKES_TO_DIE = 3
STRIKE_DAYS = 3  # days between two checks of a link that both count as strikes
# "as cited" is said of a snapshot only where it and the whole interval of the citation lie within so many days, else
# "nearest known"; half of the pages that Cho and Garcia-Molina watched (VLDB 2000) had changed after 50
AS_CITED_WITHIN_DAYS = 30

# addresses that answer whenever our own network works, asked when many sites fail at once; empty: sites that answered last
CONTROL_URLS: list[str] = []
OUTAGE_PATIENCE = 1_800  # seconds that a run waits for its own network, then it ends; what failed is due again
# lists of fingerprints of block pages that others keep, CSV files in OONI's form; a path is absolute or begins at the
# folder of archive.db
FINGERPRINTS: list[str] = []
# feeds, sitemaps, section pages and requisites of which the last whole answer is younger are asked whether they changed since
# (ETag, Last-Modified); 0: never. Cited pages and articles are always asked for whole
CONDITIONAL_DAYS = 14
PROBES_ENABLED = True  # ask beside a page where its verdict needs it: a page that cannot exist, the front page, http

# --- what a hostile web may cost us ---
DOWNLOAD_TIMEOUT = 60  # seconds for one exchange, body included (default 180)
CONNECT_TIMEOUT = 15  # seconds for DNS, connect and TLS together; read by downloadhandlers/observe
DOWNLOAD_MAXSIZE = 20 * 2**20  # bytes of a body, before and after decompression (default 1 GiB)
DOWNLOAD_WARNSIZE = 0
HEADERS_MAXSIZE = 256 * 2**10  # bytes of a response head; read by downloadhandlers/observe
REDIRECT_MAX_TIMES = 10  # (default 20)
EXTRACT_ENABLED = True  # 0: links are judged alone, no text of theirs is kept; articles are read all the same
EXTRACT_TIMEOUT = 20  # seconds for one page, then its worker is killed
EXTRACT_MEMORY = 2 * 2**30  # bytes of address space of one worker
EXTRACT_WORKERS = 0  # 0: one per processor
CITATIONS_PER_ARTICLE = 5_000  # the first so many links of an article are kept, the rest are not

# --- what an article's page needs to look like itself (read by extensions/record_crawl, pipelines/extract_text) ---
REQUISITES_ENABLED = True  # ask for the style, fonts, pictures and icon of articles, beside their text
REQUISITES_PER_ARTICLE = 200  # the first so many of a page are asked for, the rest are named as left out
REQUISITES_MAXSIZE = 20 * 2**20  # bytes of all of an article's together; then the rest is left out
REQUISITE_MAXSIZE = 5 * 2**20  # bytes of one
REQUISITE_AGAIN_DAYS = 7  # one that was asked for one article is not asked again for another within so many days
# seconds after the reading of a page within which its requisites are asked: what came later would not be the page as read
REQUISITES_WITHIN = 86_400

# --- how names become addresses (read by resolver.py) ---
# {"host[:port]": "address[:port]"}, "*" as a wildcard ("*.test:443", "*"); as curl's --connect-to
CONNECT_TO: dict[str, str] = {}
# hosts, networks ("10.1.0.0/16"), ports (":8080", "host:8080") allowed besides public addresses on ports 80 and 443
ADDRESS_GUARD_ALLOW: list[str] = []
DNS_SERVERS: list[str] = []  # "address[:port]"; empty: those of the system
DNS_TIMEOUT = 10  # seconds for one name, all servers and tries together
TWISTED_DNS_RESOLVER = "resolver.Resolver"  # default: the system's resolver in a thread pool

# --- WARC (read by extensions/write_warc) ---
WARC_MAXSIZE = 1_000_000_000  # bytes, then the next file is begun
WARC_OPERATOR = ""  # who runs this crawl; written to warcinfo where set

# --- the Wayback Machine (read by pipelines/want_snapshot, extensions/work_ledger, commands/snapshots) ---
SNAPSHOTS_ENABLED = True  # look up and save snapshots at all
# what a page may say (header, meta, robots.txt) so that it is not saved; looked up it is all the same. noindex, noimageai,
# tdm-policy, ai-input=no and search=no are recorded as well, and can be named here
NOT_SAVED_FOR = ["noarchive", "noai", "tdm-reservation", "ai-train=no"]
SNAPSHOT_MAX_AGE_DAYS = 30  # a snapshot younger than this is not saved again
SNAPSHOT_WAIT = 40  # seconds that the end of a crawl waits for open save jobs; the rest waits in the ledger
SNAPSHOT_QUOTA_RESERVE = 0.1  # share of the account's daily quota that Citekeep leaves to others
# other archives to look in for public links without a good snapshot, each by Memento (RFC 7089), asked at most ten times
# a minute: "name=https://host/timemap/link/{url}" (a TimeMap) or "name=timegate:https://host/{url}" (a TimeGate)
MEMENTO_ARCHIVES: list[str] = []

# --- the health of the archive (read by citekeep/health for commands/crawl, due, health, digest, backup) ---
# bytes: with less free where the archive lies no run is begun, and one that is under way ends; 0: off
DISK_FREE_MIN = 2**29
DISK_CHECK_EVERY = 30  # seconds between two looks at the disk during a run; read by extensions/disk_guard
DISK_FULL_DAYS = 14  # an alarm is raised where the disk will be full within so many days
OUTLET_ARTICLES = 5  # newest articles of a source that all have to lack a text, or citations, for an alarm; 0: off
FEED_SILENT_TIMES = 5  # a feed is silent after so many times its usual interval; 0: off
FEED_FAILURES = 5  # looks in a row at a feed that have to fail for an alarm; 0: off
SAVES_REFUSED = 10  # answers of Save Page Now in a row that have to be refusals for an alarm; 0: off
RUNS_LATE_HOURS = 48  # hours without a run at work, then an alarm is raised; 0: off
WARCS_PER_RUN = 1  # WARCs of which the end of `scrapy due` takes the sum again, the longest unseen first
# called once for each alarm, and once when it is over: a URL that JSON is posted to (it may hold a secret: better set it
# in the environment, as CITEKEEP_ALARM_WEBHOOK), and a command, run without a shell, that reads JSON
ALARM_WEBHOOK = os.environ.get("CITEKEEP_ALARM_WEBHOOK", "")
ALARM_COMMAND = os.environ.get("CITEKEEP_ALARM_COMMAND", "")
ALARM_TIMEOUT = 20  # seconds for either
BACKUP_DIR = str(DATA / "backups")  # where backups of archive.db are kept; another disk is better
BACKUP_EVERY = 7  # days after which `scrapy due` makes a backup; 0: off
BACKUP_KEEP = 4  # backups that are kept
DIGEST_DIR = str(DATA / "digests")  # where each run leaves its digest, as HTML, text and JSON; empty: nowhere
DIGEST_KEEP = 100  # runs whose digests are kept

# --- the components, in running order ---
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"
COMMANDS_MODULE = "commands"
DOWNLOAD_HANDLERS = {
    "http": "downloadhandlers.observe.ObservingDownloadHandler",
    "https": "downloadhandlers.observe.ObservingDownloadHandler",
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    # without effect here, at some cost for each request
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,  # each exchange is a row of captures
    "downloadermiddlewares.source_terms.SourceTermsMiddleware": 50,
    "downloadermiddlewares.robots.RobotsMiddleware": 100,
    "downloadermiddlewares.pace.PaceMiddleware": 110,
    "downloadermiddlewares.decompress.DecompressMiddleware": 590,
    "downloadermiddlewares.record_hops.RecordHopsMiddleware": 600,
    "downloadermiddlewares.check_cookies.CheckCookiesMiddleware": 700,
}
# Scrapy's keep answers from a callback and change the requests that it yields; ours take every answer and yield none
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
ITEM_PIPELINES = {
    "pipelines.extract_text.ExtractTextPipeline": 100,
    "pipelines.ask_probes.AskProbesPipeline": 150,
    "pipelines.judge_link.JudgeLinkPipeline": 200,
    "pipelines.want_snapshot.WantSnapshotPipeline": 300,
    "pipelines.heed_site.HeedSitePipeline": 350,
    "pipelines.record.RecordPipeline": 400,
    "pipelines.record_requisite.RecordRequisitePipeline": 410,
}
EXTENSIONS_BASE = {  # Scrapy's own, less those that would be loaded at each start to say that they are switched off
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,
    "scrapy.extensions.logstats.LogStats": 0,
}
EXTENSIONS = {
    "extensions.open_archive.OpenArchive": 1,  # first: the others find crawler.archive
    "extensions.record_crawl.RecordCrawl": 10,
    "extensions.write_warc.WriteWarc": 20,
    "extensions.work_ledger.WorkLedger": 30,
    "extensions.disk_guard.DiskGuard": 35,
    "extensions.progress.Progress": 40,
}

# --- Scrapy settings that differ from its defaults, each for a reason ---
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the database decides what is asked
RETRY_ENABLED = False  # a retry is another check, at next_check_at
STATS_CLASS = "extensions.record_crawl.Counts"  # Scrapy's own looks for outdated arguments at each count
CONCURRENT_ITEMS = 1  # an answer yields one Check; Scrapy starts so many tasks for each answer (default 100)
DOWNLOAD_FAIL_ON_DATALOSS = False  # a cut body is a response with a flag
HTTPPROXY_ENABLED = False  # behind a proxy the address guard cannot judge
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # a local port that executes Python
LOG_LEVEL = "INFO"
ASYNCIO_EVENT_LOOP = "uvloop.Loop" if os.name == "posix" else None
