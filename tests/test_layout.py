"""The layout is what docs/architecture.md says: every root name is ours, every component file is wired."""

import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from scrapy.utils.misc import load_object

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = [
    "citekeep",
    "commands",
    "downloadermiddlewares",
    "downloadhandlers",
    "extensions",
    "fuzz",
    "pipelines",
    "sandbox",
    "spiders",
]
MODULES = ["resolver", "settings"]


@pytest.fixture(scope="module")
def settings():
    spec = importlib.util.spec_from_file_location("settings_under_test", ROOT / "settings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", PACKAGES + MODULES)
def test_root_name_is_ours(name):
    """The scrapy script appends the project to sys.path: an installed module of the same name would win."""
    provided = importlib.metadata.packages_distributions().get(name)
    assert provided is None, f"{provided} installs a top-level {name}"
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert Path(spec.origin).resolve().is_relative_to(ROOT)


def test_every_dotted_path_in_settings_loads(settings):
    tables = (settings.ITEM_PIPELINES, settings.EXTENSIONS, settings.DOWNLOADER_MIDDLEWARES, settings.DOWNLOAD_HANDLERS)
    paths = {key for table in tables[:3] for key in table} | {
        path for path in settings.DOWNLOAD_HANDLERS.values() if path
    }
    for path in sorted(paths | {settings.TWISTED_DNS_RESOLVER, settings.DUPEFILTER_CLASS}):
        assert load_object(path), path


@pytest.mark.parametrize(
    ("folder", "table"),
    [
        ("pipelines", "ITEM_PIPELINES"),
        ("extensions", "EXTENSIONS"),
        ("downloadermiddlewares", "DOWNLOADER_MIDDLEWARES"),
    ],
)
def test_every_component_file_is_wired(settings, folder, table):
    wired = {path.split(".")[1] for path in getattr(settings, table) if path.startswith(folder + ".")}
    files = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}
    assert files == wired


@pytest.mark.parametrize("table", ["ITEM_PIPELINES", "EXTENSIONS"])
def test_components_stand_in_running_order(settings, table):
    numbers = [number for number in getattr(settings, table).values() if number is not None]
    assert numbers == sorted(numbers)


def test_a_pipeline_is_named_after_its_file(settings):
    for path in settings.ITEM_PIPELINES:
        _, file, name = path.split(".")
        assert name == "".join(word.capitalize() for word in file.split("_")) + "Pipeline"


def test_no_python_file_is_long():
    limits = {"citekeep/database.py": 400}
    found = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for name in found:
        if not name.startswith("tests/"):
            lines = len((ROOT / name).read_text(encoding="utf-8").splitlines())
            assert lines <= limits.get(name, 300), f"{name} has {lines} lines"


def test_import_rules_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_only_one_importer_per_library():
    """One place knows each library, so that one place changes with it."""
    allowed = {
        "trafilatura": ("citekeep/extraction",),
        "waybackpy": ("citekeep/wayback/",),
        "warcio": ("citekeep/warc",),
        "sqlite_utils": ("citekeep/database", "citekeep/migrations", "citekeep/schema"),
    }
    folders = [
        "citekeep",
        "spiders",
        "pipelines",
        "downloadhandlers",
        "downloadermiddlewares",
        "extensions",
        "commands",
    ]
    for path in (p for folder in folders for p in (ROOT / folder).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        for library, places in allowed.items():
            if f"import {library}" in text or f"from {library}" in text:
                assert name.startswith(places), f"{name} imports {library}"
