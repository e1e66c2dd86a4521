"""The private names of Scrapy and Twisted that downloadhandlers/ and robots rely on: found out here, not in a crawl."""

import importlib
import inspect

import pytest

NAMES = [
    ("scrapy.core.downloader.handlers.http11", "_ScrapyAgent", "_get_agent"),
    ("scrapy.core.downloader.handlers.http11", "_ScrapyAgent", "download_request"),
    ("scrapy.core.downloader.handlers.http11", "_LenientHTTP11ClientProtocol", "dataReceived"),
    ("scrapy.core.downloader.handlers.http11", "_LenientHTTP11ClientFactory", "buildProtocol"),
    ("scrapy.core.downloader.contextfactory", "_ScrapyClientContextFactory", "_get_cert_options"),
    ("scrapy.core.downloader.contextfactory", "_ScrapyClientContextFactory", "_get_cert_options_kwargs"),
    ("scrapy.core.downloader.tls", "_ScrapyClientTLSOptions26", "clientConnectionForTLS"),
    ("scrapy.core.downloader", "Downloader", "_get_slot"),
    ("scrapy.downloadermiddlewares.cookies", "CookiesMiddleware", "_process_cookies"),
    ("scrapy.utils._download_handlers", "make_response", None),
    ("scrapy.utils._download_handlers", "wrap_twisted_exceptions", None),
    ("twisted.internet._idna", "_idnaBytes", None),
    ("twisted.web._newclient", "ResponseFailed", None),
    ("twisted.web._newclient", "HTTPClientParser", "MAX_LENGTH"),
    ("twisted.web.client", "Agent", "_getEndpoint"),
    ("twisted.web.client", "_RetryingHTTP11ClientProtocol", "request"),
    ("twisted.web.http", "_DataLoss", None),
]

ATTRIBUTES = [
    ("scrapy.core.downloader.handlers.http11", "HTTP11DownloadHandler", "__init__",
     ["_pool", "_contextFactory", "_bind_address"]),
    ("twisted.web.client", "_RetryingHTTP11ClientProtocol", "__init__", ["_clientProtocol", "_newConnection"]),
    ("twisted.web.client", "HTTPConnectionPool", "_newConnection", ["_factory"]),
    ("twisted.web._newclient", "HTTP11ClientProtocol", "request", ["_parser"]),
    ("scrapy.core.engine", "_Slot", "close", ["closing"]),
    ("scrapy.core.engine", "ExecutionEngine", "close_spider_async", ["_slot"]),
    ("twisted.web.client", "_AgentBase", "__init__", ["_pool"]),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name", "member"), NAMES)
def test_a_private_name_is_still_there(module, name, member):
    found = getattr(importlib.import_module(module), name, None)
    assert found is not None, f"{module}.{name} has moved: this version of Scrapy or Twisted is not supported yet."
    if member is not None:
        assert hasattr(found, member), f"{module}.{name}.{member} has moved: this version is not supported yet."


@pytest.mark.parametrize(("module", "name", "method", "attributes"), ATTRIBUTES)
def test_a_private_attribute_is_still_used(module, name, method, attributes):
    source = inspect.getsource(getattr(getattr(importlib.import_module(module), name), method))
    for attribute in attributes:
        assert f"self.{attribute}" in source, f"{name}.{attribute} is gone: this version is not supported yet."
