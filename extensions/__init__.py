"""What lives beside a crawl: opened in the order of settings.EXTENSIONS."""
