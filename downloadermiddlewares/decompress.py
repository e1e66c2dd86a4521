"""Content codings undone within limits: a bomb or a broken coding is a check with a flag, not an exception."""

from __future__ import annotations

import asyncio
import logging
import zlib
from typing import TYPE_CHECKING, cast

import brotli
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

logger = logging.getLogger(__name__)

CODINGS = 5
"""How many codings of one body are undone, as curl does: a small gzip file can unpack to itself, again and again."""

BROKEN = (OSError, EOFError, zlib.error, brotli.error, ValueError, ArithmeticError)
"""What gzip, zlib, brotli and zstd raise for bytes that are not theirs (backports.zstd's error is an Exception of its
own, named ZstdError)."""


class DecompressMiddleware(HttpCompressionMiddleware):
    """Scrapy's decompression, off the loop: a kilobyte can be coded so that megabytes come of it.

    Past DOWNLOAD_MAXSIZE the response keeps its coded body and gets the flag ``too_large``; for a coding of which
    nothing can be undone, or too many of them, ``bad_encoding``. The exchange in the request's meta gets the error of
    the same name. A coding that nobody knows ("utf-8") is left alone, as browsers do.
    """

    async def process_response(  # type: ignore[override]  # Scrapy awaits coroutines here
        self, request: Request, response: Response, spider: object = None
    ) -> Response:
        """Return the response with its body decoded, or as it came with a flag."""
        codings = b",".join(response.headers.getlist("Content-Encoding"))
        if not codings or not response.body:
            return response
        if codings.count(b",") >= CODINGS:
            return self._flagged(request, response, "bad_encoding", ValueError(f"more than {CODINGS} codings"))
        try:
            decoded = await asyncio.to_thread(super().process_response, request, response)
        except IgnoreRequest as error:
            return self._flagged(request, response, "too_large", error)
        except Exception as error:
            if not isinstance(error, BROKEN) and type(error).__name__ != "ZstdError":
                raise
            return self._flagged(request, response, "bad_encoding", error)
        return cast("Response", decoded)

    def _flagged(self, request: Request, response: Response, name: str, error: Exception) -> Response:
        logger.info("%s while decoding: %s: %s", name, type(error).__name__, request.url)
        exchange = request.meta.get("exchange")
        if exchange is not None and exchange.error is None:
            exchange.error, exchange.error_phase = name, "body"
            exchange.error_text = f"{type(error).__name__}: {error}"[:500]
        response.flags.append(name)
        return response
