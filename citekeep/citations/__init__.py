"""Which links an article's author put into its body, each with its words. Pure; no network, no database."""
