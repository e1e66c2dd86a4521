"""Exit codes of runs that real servers answered."""

from tests.small_web import Web, crawl


def test_one_article_that_can_be_read_is_enough_wherever_it_stands(tmp_path):
    """Also behind more than the table at a run's end shows."""
    with Web() as web:
        web.article("/good")
        gone = [f"http://www.paper.test/gone/{number}" for number in range(22)]
        (tmp_path / "list.txt").write_text("\n".join([*gone, "http://www.paper.test/good"]))
        crawl(tmp_path, web, "-a", f"urls={tmp_path / 'list.txt'}", spider="article", code=0)
        (tmp_path / "gone.txt").write_text("\n".join(gone))
        crawl(tmp_path / "other", web, "-a", f"urls={tmp_path / 'gone.txt'}", spider="article", code=5)


def test_an_article_whose_text_took_too_long_was_not_read(tmp_path):
    with Web() as web:
        links = "".join(
            f"<p>As <a href='/{number}'>report {number}</a> says, it is old.</p>" for number in range(30_000)
        )
        web.pages["www.paper.test", "/long"] = (f"<html><body><article>{links}", {"Content-Type": "text/html"})
        crawl(tmp_path, web, "-a", "url=http://www.paper.test/long", spider="article", code=5, EXTRACT_TIMEOUT=1)
