"""docs/verdicts.md: the table of verdicts, the order of the rules, and how a standing comes about."""

from __future__ import annotations

from citekeep.schedule import NEXT_BY_VERDICT, UNREACHABLE, Rules
from citekeep.verdicts.judge import RULES
from citekeep.verdicts.table import GROUPS, PEW_2024_STATUSES, RULES_VERSION, VERDICTS, VerdictRow

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

Flags stand beside a verdict: `moved` (alive, but permanently redirected to another page), `truncated` (only the
beginning of the body came), and `tls_expired`, `tls_not_yet_valid`, `tls_other_name`, `tls_untrusted`,
`tls_incomplete_chain`, `tls_other` (faults of a certificate, on any hop; the page was read all the same).

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
| unreachable_from_here | It fails on the way ({unreachable}), maybe only for us: no strike. |
| not_checked | Nothing is known of it. |

A dead link is asked again after {after:g} days, then at doubled intervals up to a year: many that were dead work again
one day, and a success clears it. A link that cannot be reached from here is asked again after a day, then at doubled
intervals up to {after:g} days; one that refuses us after a week, then likewise. A failure of our own (`local`) changes
nothing and is asked again within the hour. Not due by themselves: {never}.
"""

_COLUMNS = """| verdict | what a person is told | strikes | strict | broad | Pew | CS1 | rules |
|---|---|---|---|---|---|---|---|"""


def _told(value: bool | None, unknown: str) -> str:
    return unknown if value is None else "yes" if value else "no"


def _row(row: VerdictRow) -> str:
    rules = ", ".join(f"`{rule.name}`" for rule in RULES if rule.verdict == row.name) or "(needs the link's history)"
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
            unreachable=", ".join(sorted(UNREACHABLE)),
            never=", ".join(f"`{name}`" for name, wait in NEXT_BY_VERDICT.items() if wait is None),
        )
    )
    order = "\n".join(f"{place}. `{rule.name}`: {rule.verdict}" for place, rule in enumerate(RULES, start=1))
    parts.append(f"## Rules in their order\n\n{order}\n")
    return "\n".join(parts)
