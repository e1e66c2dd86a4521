"""/save without keys: as a browser would ask, best effort, answered inline."""

from __future__ import annotations

from urllib.parse import unquote

from sandbox.http import Request, Response, html
from sandbox.wayback.captures import key_of
from sandbox.wayback.jobs import Job, Options
from sandbox.wayback.save import Save
from sandbox.wayback.scripts import SAVE, Effects, fault

BASE = "https://web.archive.org"


class Anonymous:
    """Shares jobs, limits and scripts with those who have keys."""

    def __init__(self, save: Save) -> None:
        self.save = save
        self.jobs, self.limits, self.scripts = save.jobs, save.limits, save.scripts

    async def get(self, request: Request) -> Response:
        """Answer GET /save/URL: a redirect to the capture, once it is made; or a page that says why not."""
        url = _url(request)
        effects = self.scripts.take(url, SAVE)
        refusal = self._refusal(url, effects)
        if refusal is not None:
            return refusal
        failed = fault(effects)
        if failed is not None:
            if failed[1]:
                await self._begin(url, effects, Options())
            return failed[0]
        if "older" in effects:
            return _to(effects["older"]["timestamp"], url, 0.0)
        job = self.jobs.recent(url) or await self._begin(url, effects, Options())
        wait = max(0.0, job.ends - self.jobs.clock.now())
        if job.answer["status"] != "success":
            return html(f"<h1>Sorry</h1><p>{job.answer.get('message', 'Job failed')}</p>")
        return _to(job.answer["timestamp"], url, wait)

    async def post(self, request: Request) -> Response:
        """Answer the form of the web page: HTML that watches the job."""
        form = request.form()
        url = form.get("url", "")
        effects = self.scripts.take(url, SAVE)
        refusal = self._refusal(url, effects)
        failed = fault(effects) if refusal is None else (refusal, False)
        if failed is not None:
            return failed[0]
        job = self.jobs.recent(url) or await self._begin(url, effects, Options.of(form))
        return html(f'<html><body><script>spn.watchJob("{job.job_id}", "/_static/",6000);</script></body></html>')

    def _refusal(self, url: str, effects: Effects) -> Response | None:
        rates = self.limits.rates
        if not self.limits.allow("anonymous"):
            return self.limits.too_many()
        if self.limits.today("anonymous") >= rates.anonymous_day:
            told = f"You have reached your daily not-logged-in captures limit of ({rates.anonymous_day},) webpages"
            return html(f"<h1>Sorry</h1><p>{told}, log in to archive up to (40000,) webpages per day</p>")
        if "refuse" in effects:
            return html(f"<h1>Sorry</h1><p>{effects['refuse']['message']}</p>")
        often = self.save.too_often(url) if self.limits.today(key_of(url)) else None
        return None if often is None else html(f"<h1>Sorry</h1><p>{often['message']}</p>")

    async def _begin(self, url: str, effects: Effects, options: Options) -> Job:
        self.limits.count("anonymous")
        self.save.submitted.append(url)
        return await self.jobs.start(url, effects, options)


def _url(request: Request) -> str:
    text = request.target.split("/save/", 1)[1]
    return text if text.startswith(("http://", "https://")) else unquote(text)


def _to(timestamp: str, url: str, delay: float) -> Response:
    headers = [("Location", f"{BASE}/web/{timestamp}/{url}"), ("Content-Type", "text/html")]
    return Response(status=302, headers=headers, delay=delay)
