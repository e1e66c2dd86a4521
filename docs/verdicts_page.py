"""docs/verdicts.md: the table of verdicts, the order of the rules, and how a standing comes about."""

from __future__ import annotations

from citekeep.outage import SITES, SITES_WITH_CONTROLS
from citekeep.probing import LETTER_COUNT
from citekeep.schedule import NEXT_BY_VERDICT, UNREACHABLE, Rules
from citekeep.verdicts.earlier import LEXICON_WORDS, OFF_TOPIC, SEQUENCES
from citekeep.verdicts.judge import RULES
from citekeep.verdicts.platforms import platforms
from citekeep.verdicts.probes import SAME
from citekeep.verdicts.table import GROUPS, PEW_2024_STATUSES, RULES_VERSION, VERDICTS, VerdictRow

_PLATFORMS = ", ".join(dict.fromkeys(platform.name.partition("_")[0] for platform in platforms()))

_HEAD = f"""# Verdicts and standings

Made by `make docs` from `citekeep/verdicts/table.py` and the rules; the same table is `verdicts` in archive.db.
Rule set: {RULES_VERSION}.

A **verdict** is what one check of a link saw. A **standing** is what holds of the link over time. They are never one
column: `judgements.verdict` keeps every verdict with its evidence, `links.standing` the conclusion.

## How a verdict comes about

The rules below are tried in order; the first that finds something decides. The evidence of a judgement names the
`rule`, what it `matched` and `where` (status, header, url, title, visible, markup, error), and a `vendor` if known.
A 200 is `alive` only if the page bears out what was cited: the words of the citation or of its URL, its own address, or
the file type that the URL names; else it is `alive_unverified`. A page that is somebody's article (by its length, its
marks for search engines, or a title that repeats the URL) is not taken for what it writes about.

Flags stand beside a verdict: `moved` (alive, but permanently redirected to another page, or found at another address),
`truncated` (only the beginning of the body came), `volatile` (a front page, a section or a live blog, which changes by
design), and `tls_expired`, `tls_not_yet_valid`, `tls_other_name`, `tls_untrusted`,
`tls_incomplete_chain`, `tls_other` (faults of a certificate, on any hop; the page was read all the same).

### What is asked beside a page

Where nothing on a page bears out what was cited, and where no connection came about, a check asks more, at the site's own
pace, within its robots.txt, and at most once for a directory or host in thirty days. What came stands in the evidence as
`probes`, and in the WARC like every answer.

- `sibling`: an address beside the page that nobody can have made, {LETTER_COUNT} random letters. If it shows the same
  (resemblance {SAME:g} of the word sequences, or the same place after redirects), the page is a soft 404, in any language.
  If it is a 404, the server knows pages that it has from pages that it has not.
- `root`: the front page. A page that is the same is a redirect home, whatever its address says; but a site that shows little
  text and few links, the same everywhere, may show a wall: then nothing is concluded.
- `other`: the same path by http where TLS fails, without or with `www.` where the name is unknown. A page there that bears
  out the citation is alive, and `moved`.
- `post`: what a platform tells those who embed a post ({_PLATFORMS}). Only what is known of its answers decides: what
  says gone is gone; what may be private, or does not say which, refuses us; all else leaves the verdict to the page.

[PROBES_ENABLED](settings.md#probes_enabled)`=0` asks nothing of the kind.

### What it showed before

Where an earlier text is known, of a check of ours or of a snapshot that was read back, a page that shares no terms with any
of them (cosine at most {OFF_TOPIC:g}, over words of five letters or more, and at most {SEQUENCES:g} of the word sequences)
is `usurped` if it is written in another script, or in the words of a trade that buys expired domains (at least
{LEXICON_WORDS} of them), else `content_drift`, unless it is volatile. The evidence names what it was compared with:
`compared_with` has the check's or the memento's id and date. Of snapshots, only one counts that is no newer than the last
check that found the page alive: what was captured after that may be what is to be found out.

### Lists of others

[FINGERPRINTS](settings.md#fingerprints) names lists of block pages in the CSV form of OONI's blocking-fingerprints; none
comes with Citekeep. Rows that cannot be used are named with their line at the start of a run.

## Columns

- **strikes**: counts towards `dead` (below).
- **strict**: link rot in the strict sense: the network or the server itself says that the page is gone.
- **broad**: what was cited is not there, soft 404s, parked and changed pages included.
- **Pew**: dead by the method of Pew Research Center, "When Online Content Disappears" (2024): the statuses
  {", ".join(map(str, sorted(PEW_2024_STATUSES)))}. "status": the status of the check decides.
- **CS1**: `url-status` in Wikipedia's citation templates; empty where none may be given.
"""

_TAIL_TEMPLATE = """## Standings

| standing | what holds |
|---|---|
| alive | The last check succeeded. One success clears all strikes. |
| doubtful | It failed, but not yet often enough; or it shows something else than what was cited. |
| dead | It failed {strikes} times, at least {days:g} days apart (a verdict of group pending: {twice} times). |
| refused | We are not let in. That never strikes: others may be able to read the page. |
| unreachable_from_here | It fails on the way ({unreachable}), maybe only for us: no strike without a witness. |
| not_checked | Nothing is known of it. |

A dead link is asked again after {after:g} days, then at doubled intervals up to a year: many that were dead work again
one day, and a success clears it. A link that cannot be reached from here is asked again after a day, then at doubled
intervals up to {after:g} days; one that refuses us after a week, then likewise. A failure of our own (`local`) changes
nothing and is asked again within the hour. Not due by themselves: {never}.

### Witnesses

A link is dead at once, and `links.standing_basis` says on whose word, where our own check found it gone and

- captures in an archive show it gone for as long as the strikes would take: at least two, by their status 404 or 410 or
  read back and found bad, {span:g} days apart or more, with none after them that is good or not yet read (`memento`); or
- a job of Save Page Now failed in the same way, since it was last alive (`save_job`).

Captures also tell of a link that we cannot reach. Where a job failed to reach it too, each of our failures is a strike,
and {twice} of them make it dead. A capture since our last strike that was read back and is good takes all strikes back.
`alive_until` is the latest proof of life, `dead_by` the earliest proof of death after it; each says its basis, a check of
ours or a memento, and its row. So a death can be dated that happened before anybody looked.

### An outage of our own

When {sites} different sites fail in the same way in a row ({few} where [CONTROL_URLS](settings.md#control_urls) names
addresses that answer whenever our network works), control addresses are asked: those, else the sites that answered last. If
any answers, the failures are theirs. If none does, the run pauses and says so, and what failed since anything last answered
is judged `local`, with what it was judged before as evidence: strikes are taken back, and the links are due again. The run
goes on when a control answers; after [OUTAGE_PATIENCE](settings.md#outage_patience) it ends.
"""

_COLUMNS = """| verdict | what a person is told | strikes | strict | broad | Pew | CS1 | rules |
|---|---|---|---|---|---|---|---|"""


def _told(value: bool | None, unknown: str) -> str:
    return unknown if value is None else "yes" if value else "no"


def _row(row: VerdictRow) -> str:
    rules = ", ".join(f"`{rule.name}`" for rule in RULES if rule.verdict == row.name)
    pew = _told(row.rot_pew_2024, "status" if row.group in {"pending", "dead"} else "?")
    cells = (
        f"`{row.name}`", row.sentence_en, _told(row.strikes, ""), _told(row.rot_strict, "?"), _told(row.rot_broad, "?"),
        pew, row.cs1_url_status or "", rules,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def verdicts_page() -> str:
    """Return docs/verdicts.md."""
    parts = [_HEAD]
    for group, meaning in GROUPS.items():
        rows = "\n".join(_row(row) for row in VERDICTS if row.group == group)
        parts.append(f"## {group}\n\n{meaning}\n\n{_COLUMNS}\n{rows}\n")
    rules = Rules()
    parts.append(
        _TAIL_TEMPLATE.format(
            strikes=rules.strikes_to_die,
            twice=2 * rules.strikes_to_die,
            days=rules.strike_days,
            after=rules.check_after_days,
            span=(rules.strikes_to_die - 1) * rules.strike_days,
            sites=SITES,
            few=SITES_WITH_CONTROLS,
            unreachable=", ".join(sorted(UNREACHABLE)),
            never=", ".join(f"`{name}`" for name, wait in NEXT_BY_VERDICT.items() if wait is None),
        )
    )
    order = "\n".join(f"{place}. `{rule.name}`: {rule.verdict}" for place, rule in enumerate(RULES, start=1))
    parts.append(f"## Rules in their order\n\n{order}\n")
    return "\n".join(parts)
