"""Lines for cron and systemd that run ``scrapy due`` and ``scrapy health`` for one checkout. Text alone: it installs nothing."""

from __future__ import annotations

import shlex
from pathlib import Path

EVERY = ("15m", "30m", "1h", "2h", "3h", "6h", "12h", "1d")
"""How often it can be run: what cron can say in one line."""

_CRON = {
    "15m": "*/15 * * * *", "30m": "*/30 * * * *", "1h": "7 * * * *", "2h": "7 */2 * * *", "3h": "7 */3 * * *",
    "6h": "7 */6 * * *", "12h": "7 */12 * * *", "1d": "7 3 * * *",
}  # fmt: skip
_SYSTEMD = {
    "15m": "*:0/15", "30m": "*:0/30", "1h": "*:07", "2h": "0/2:07", "3h": "0/3:07", "6h": "0/6:07", "12h": "0/12:07",
    "1d": "03:07",
}  # fmt: skip


_HEALTH_CRON, _HEALTH_SYSTEMD = "47 6 * * *", "06:47"
"""When a day ``scrapy health`` looks: it alone can tell that no run does."""


def crontab(root: Path, data: Path, *, every: str, duration: str) -> str:
    """Return entries of a crontab, with the word on how to install them. A percent sign would end a line: it is escaped."""
    scrapy = (
        f"cd {shlex.quote(str(root))} && CITEKEEP_DATA={shlex.quote(str(data))} .venv/bin/python -m scrapy"
    ).replace("%", r"\%")
    return (
        "# Citekeep: add these lines with `crontab -e`. Keys for Save Page Now: above them, as IA_ACCESS_KEY_ID=... and\n"
        "# IA_SECRET_ACCESS_KEY=..., or in the file of `ia configure`; so CITEKEEP_ALARM_WEBHOOK=https://... What they print\n"
        "# is mailed by cron; logs are in logs/. The second line tells that nothing is wrong, or that the first does not run.\n"
        f"{_CRON[every]} {scrapy} due --for {duration}\n"
        f"{_HEALTH_CRON} {scrapy} health\n"
    )


def systemd(root: Path, data: Path, *, every: str, duration: str) -> str:
    """Return services and their timers as the files for ~/.config/systemd/user, each with its name above it."""
    due = _service(root, data, told="all that is due", arguments=f"due --for {duration}")
    health = _service(root, data, told="is anything wrong?", arguments="health")
    return (
        f"{_FOLDER}/citekeep.service\n{due}"
        "# Ctrl-C to the spider alone: it ends what is in flight and gives its sites back\n"
        "KillSignal=SIGINT\nKillMode=mixed\nTimeoutStopSec=180\nNice=5\n\n"
        f"{_FOLDER}/citekeep.timer\n{_timer('Run Citekeep again and again', _SYSTEMD[every])}"
        f"{_FOLDER}/citekeep-health.service\n{health}\n"
        f"{_FOLDER}/citekeep-health.timer\n{_timer('Ask each day whether Citekeep runs and is well', _HEALTH_SYSTEMD)}"
        "# Then: systemctl --user daemon-reload && systemctl --user enable --now citekeep.timer citekeep-health.timer\n"
        "# and, so that they run while nobody is logged in: loginctl enable-linger\n"
    )


_FOLDER = "# ~/.config/systemd/user"


def _service(root: Path, data: Path, *, told: str, arguments: str) -> str:
    python = root / ".venv" / "bin" / "python"
    return (
        f"[Unit]\nDescription=Citekeep: {told}\nAfter=network-online.target\n\n"
        "[Service]\nType=oneshot\n"
        f"WorkingDirectory={_escaped(str(root))}\n"
        f"Environment={_quoted(f'CITEKEEP_DATA={data}')}\n"
        "# Keys for Save Page Now: a file of lines IA_ACCESS_KEY_ID=... and IA_SECRET_ACCESS_KEY=..., mode 600;\n"
        "# so CITEKEEP_ALARM_WEBHOOK=https://...\n"
        "EnvironmentFile=-%h/.config/citekeep/keys\n"
        f"ExecStart={_quoted(str(python))} -m scrapy {arguments}\n"
    )


def _timer(told: str, when: str) -> str:
    return (
        f"[Unit]\nDescription={told}\n\n"
        f"[Timer]\nOnCalendar={when}\nRandomizedDelaySec=120\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n\n"
    )


def _escaped(text: str) -> str:
    """Return a value in which systemd finds no specifier."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """Return a word as systemd's own quoting has it (systemd.syntax(7)).

    $ means itself in Environment= (systemd.exec(5)) and in the program of ExecStart=, of which only arguments are expanded
    (systemd.service(5)).
    """
    return '"' + _escaped(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
