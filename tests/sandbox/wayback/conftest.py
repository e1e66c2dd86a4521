"""A stand-in for each test, asked over TLS through its proxy."""

import itertools

import httpx2
import pytest

from sandbox.alone import alone
from sandbox.certificates import Certificates
from sandbox.run import KEYS
from sandbox.wayback.captures import Capture
from sandbox.wayback.clock import seconds_of

IA = "https://web.archive.org"
LOW = f"LOW {':'.join(KEYS.values())}"


class Asker:
    """Asks the stand-in of one test. archive: the stand-in with its clock and its web."""

    def __init__(self, archive, client):
        self.archive = archive
        self.client = client
        self.standin = archive.standin
        self.turn = archive.clock.turn
        self.numbers = itertools.count()

    async def get(self, path, *, keys=False, accept="application/json", host=IA, **options):
        headers = {"Accept": accept, **({"Authorization": LOW} if keys else {}), **options.pop("headers", {})}
        return await self.client.get(host + path, headers=headers, **options)

    async def post(self, path, form, *, keys=True, accept="application/json"):
        headers = {"Accept": accept, **({"Authorization": LOW} if keys else {})}
        return await self.client.post(IA + path, data=form, headers=headers)

    async def submit(self, url, **form):
        """Submit with keys and return the answer's JSON."""
        return (await self.post("/save", {"url": url, **form})).json()

    async def status(self, job_id):
        return (await self.get(f"/save/status/{job_id}", keys=True)).json()

    async def saved(self, url, **form):
        """Submit, wait for the end, and return the job's last status."""
        told = await self.submit(url, **form)
        self.turn(10)
        return await self.status(told["job_id"])

    async def cdx(self, url, **params):
        return await self.get("/cdx/search/cdx", params={"url": url, **params})

    async def rows(self, url, **params):
        return (await self.cdx(url, **params)).text.splitlines()

    async def user(self):
        return (await self.get(f"/save/status/user?_t={next(self.numbers)}", keys=True)).json()

    def holds(self, url, *stamps, **fields):
        """Let the archive hold captures of those times."""
        for stamp in stamps:
            made = Capture(url=url, timestamp=stamp, **{"listed_from": seconds_of(stamp), **fields})
            self.standin.captures.add(made)


@pytest.fixture(scope="module")
def certificates():
    return Certificates({})


@pytest.fixture
async def ask(tmp_path, certificates):
    async with alone(tmp_path, certificates) as archive:
        options = {"proxy": archive.proxy_url, "verify": archive.tls(), "trust_env": False, "timeout": 5}
        async with httpx2.AsyncClient(**options) as client:
            yield Asker(archive, client)
