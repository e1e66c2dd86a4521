"""Lines for cron and systemd that run ``scrapy due`` for one checkout. Text alone: nothing is installed."""

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


def crontab(root: Path, data: Path, *, every: str, duration: str) -> str:
    """Return a crontab entry, with the word on how to install it. A percent sign would end a line of cron: it is escaped."""
    command = (
        f"cd {shlex.quote(str(root))} && CITEKEEP_DATA={shlex.quote(str(data))}"
        f" .venv/bin/python -m scrapy due --for {duration}"
    ).replace("%", r"\%")
    return (
        "# Citekeep: add this line with `crontab -e`. Keys for Save Page Now: above it, as IA_ACCESS_KEY_ID=... and\n"
        "# IA_SECRET_ACCESS_KEY=..., or in the file of `ia configure`. What it prints is mailed by cron; logs are in logs/.\n"
        f"{_CRON[every]} {command}\n"
    )


def systemd(root: Path, data: Path, *, every: str, duration: str) -> str:
    """Return a service and its timer as the two files for ~/.config/systemd/user, each with its name above it."""
    python = root / ".venv" / "bin" / "python"
    return (
        "# ~/.config/systemd/user/citekeep.service\n"
        "[Unit]\nDescription=Citekeep: all that is due\nAfter=network-online.target\n\n"
        "[Service]\nType=oneshot\n"
        f"WorkingDirectory={_escaped(str(root))}\n"
        f"Environment={_quoted(f'CITEKEEP_DATA={data}')}\n"
        "# Keys for Save Page Now: a file of lines IA_ACCESS_KEY_ID=... and IA_SECRET_ACCESS_KEY=..., mode 600\n"
        "EnvironmentFile=-%h/.config/citekeep/keys\n"
        f"ExecStart={_quoted(str(python))} -m scrapy due --for {duration}\n"
        "# Ctrl-C to the spider alone: it ends what is in flight and gives its sites back\n"
        "KillSignal=SIGINT\nKillMode=mixed\nTimeoutStopSec=180\nNice=5\n\n"
        "# ~/.config/systemd/user/citekeep.timer\n"
        "[Unit]\nDescription=Run Citekeep again and again\n\n"
        f"[Timer]\nOnCalendar={_SYSTEMD[every]}\nRandomizedDelaySec=120\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n\n"
        "# Then: systemctl --user daemon-reload && systemctl --user enable --now citekeep.timer\n"
        "# and, so that it runs while nobody is logged in: loginctl enable-linger\n"
    )


def _escaped(text: str) -> str:
    """Return a value in which systemd finds no specifier."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """Return a word as systemd's own quoting has it (systemd.syntax(7), systemd.service(5))."""
    return '"' + _escaped(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"'
