"""Documents that are no pages: what there is to read in a PDF, a DOCX, an EPUB or a Markdown text, and what it cites."""
