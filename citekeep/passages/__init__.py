"""Whether what an article says of a page is on it: names, figures, the quotation and the words that carry the link."""

from citekeep.passages.compare import METHOD, REASONS, Answer, Cited, Shown, compare

__all__ = ["METHOD", "REASONS", "Answer", "Cited", "Shown", "compare"]
