# Two commands: `make run` archives an article with everything it cites, `make test` passes the tests.
# `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.9
PY := .venv/bin/python
UV := .venv/bin/uv
# A registry may be reached through a proxy whose CA stands in the system's trust store only. uv is told to look there;
# pip before 24.2 knows only its own list, unless it is given the system's, which lies in one of these places.
SYSTEM_CA := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
  /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem))
# Where Python may write no bytecode, as in many containers, it is written here once: else each process, of a command as of a
# worker, compiles a thousand modules anew.
SYNC := $(UV) sync --frozen --system-certs --quiet $(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode)
export PYTHONWARNINGS ?= ignore::DeprecationWarning,ignore::SyntaxWarning

.DEFAULT_GOAL := help
.PHONY: help run test peers lint browse setup sandbox docs bench audit

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

setup: .venv/.ready  ## make .venv and install what uv.lock names

.venv/.ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Citekeep needs Python 3.11 or later; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -x $(PY) || $(PYTHON) -m venv .venv || \
	  { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@$(UV) --version 2>/dev/null | grep -q '^uv $(UV_VERSION)' || \
	  PIP_CERT="$${PIP_CERT:-$$($(PY) -m pip config get global.cert 2>/dev/null || echo '$(SYSTEM_CA)')}" \
	  $(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "Installing what uv.lock names into .venv ..."
	@VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=.venv $(SYNC)
	@touch $@

sandbox: setup  ## the small web and the stand-in Wayback Machine on loopback, to look at (Ctrl-C ends it)
	@$(PY) -m sandbox serve

# URL, FILE and URLS ask the live web and the real Wayback Machine; without them the example runs in the sandbox.
# They reach the command by the environment, as they were written: neither make nor the shell reads what stands in a URL.
override URL := $(value URL)
override FILE := $(value FILE)
override URLS := $(value URLS)
override PUBLISH := $(value PUBLISH)
export URL FILE URLS PUBLISH
run: setup  ## archive the example article; URL=https://... FILE=article.txt URLS=list.txt archive yours
ifneq ($(strip $(URL)$(FILE)$(URLS)),)
	@$(PY) -m scrapy crawl article $${URL:+-a "url=$$URL"} $${FILE:+-a "file=$$FILE"} $${URLS:+-a "urls=$$URLS"} \
	  $${PUBLISH:+-a "publish=$$PUBLISH"}
else
	@$(PY) -m sandbox example
endif

check: setup  ## look at a link, or at all that an article cites, just now: URL=https://...; it publishes nothing
	@$(PY) -m scrapy evidence -- "$$URL"

# A test with real sockets, processes and clocks can be starved by three others on a busy machine. One that failed is said to
# have failed, and gets one more try with nothing beside it; what fails there too has failed.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest
test: setup  ## pass the tests, four files at a time: most of them wait for processes and clocks
	@$(PYTEST) -n 4 --dist loadfile --no-loadscope-reorder || { code=$$?; [ $$code -eq 1 ] || exit $$code; \
	  echo 'Once more, one at a time, what failed beside others:'; $(PYTEST) --last-failed --exitfirst -n 0; }

browser:  ## what the tests of pages need: Debian's Chromium with its driver (as root), and axe-core
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    chromium chromium-driver fonts-dejavu-core >/dev/null; }
	@NODE_EXTRA_CA_CERTS=$${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt} \
	  npm ci --prefix tests/browser --silent --no-audit --no-fund

peers: setup  ## programs of others that tests compare with: pywb and py-wacz, each in an environment of its own
	@$(PY) tests/pywb_tools.py

lint: setup  ## linters, import rules and the type checker
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports
	@.venv/bin/mypy

docs: setup  ## write the generated pages of docs/ anew
	@$(PY) -m docs.generate

audit: setup  ## ask the public advisories about every package in uv.lock (needs the internet)
	@$(PY) .ci/audit.py

browse: setup  ## open archive.db read-only in Datasette
	@VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=.venv $(SYNC) --group browse
	@$(PY) -m web.browse

bench: setup  ## the figures, as ratios side by side
	@$(PY) -m benchmarks.whole_job
