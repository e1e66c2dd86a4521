"""Why records of a WARC were left out, in words for a person."""

from __future__ import annotations

LEFT_OUT = {
    "already": "brought in before",
    "not_cited": "of pages that no article of this archive cites (--all-links takes them, too)",
    "no_web_address": "of no web address (screenshots, texts, logs of the tool)",
    "not_get": "answers to other requests than GET",
    "repeated": "there twice",
    "record_id_reused": "under the id of another record: which of the two is meant cannot be known",
    "bad_date": "without a date that can be: none, before 1991, or still to come",
    "no_answer": "without an answer of HTTP",
    "partial": "parts of a page (206), or that it was not modified (304)",
    "no_status": "resources without the status of an answer, of pages that are no articles",
    "redirect_leads_out": "redirects to what is not in the files within a day of them",
    "redirect_loops": "redirects that do not end",
    "revisit_unresolved": "revisits of records that are neither in the files nor in this archive",
    "too_large": "larger than DOWNLOAD_MAXSIZE",
    "unreadable": "whose bytes are damaged, or not those that their digest was made of",
    "lists": "of pages that list articles for sources.toml",
}
"""By reason; a record is counted under one of them, or came in."""
