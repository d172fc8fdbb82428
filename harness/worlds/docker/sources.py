"""Find the Debian mirror that this machine already uses, in apt's own lists of sources.

The mirror is never written down here: who runs splitbrain has chosen one. Apt knows two formats::

    deb [signed-by=/usr/share/keyrings/x.gpg] http://mirror/debian bookworm main      *.list

    Types: deb                                                                        *.sources
    URIs: http://mirror/debian
    Suites: bookworm bookworm-updates
    Components: main

Third parties publish under Debian's suite names too, so an entry has to look like the archive
itself: signed by Debian's keyring or by none in particular, and preferably with `-updates` beside
the suite, which only the archive has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SUITE = "bookworm"

# A machine that runs another release of Debian has a mirror that carries bookworm as well.
_RELEASES = frozenset(
    {SUITE, "bullseye", "trixie", "forky", "duke", "sid"}
    | {"oldoldstable", "oldstable", "stable", "testing", "unstable"}
)
_LIST_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<rest>.+)$")


@dataclass(frozen=True)
class Source:
    """One place that apt fetches binary packages from."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""


def parse_list(text: str) -> list[Source]:
    """Parse a one-line `.list` file."""
    sources = []
    for line in text.splitlines():
        match = _LIST_LINE.match(line.partition("#")[0].strip())
        if match is None:
            continue
        options = dict(
            option.lower().split("=", 1)
            for option in (match["options"] or "").split()
            if "=" in option
        )
        suite, *components = match["rest"].split()
        signed_by = options.get("signed-by", "")
        sources.append(Source(match["uri"], (suite,), tuple(components), signed_by))
    return sources


def parse_deb822(text: str) -> list[Source]:
    """Parse a deb822 `.sources` file."""
    sources = []
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").strip().lower() in {"no", "false", "0", "off"}:
            continue
        suites = tuple(fields.get("suites", "").split())
        components = tuple(fields.get("components", "").split())
        signed_by = fields.get("signed-by", "").strip()
        for uri in fields.get("uris", "").split():
            sources.append(Source(uri, suites, components, signed_by))
    return sources


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line[0].isspace():  # a folded value goes on
            fields[name] = fields.get(name, "") + " " + line.strip()
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def pick_mirror(sources: Iterable[Source]) -> str | None:
    """Return the address of the Debian archive among the sources, or None when it isn't there."""
    suites_at: dict[str, set[str]] = {}
    listed = list(sources)
    for source in listed:
        suites_at.setdefault(_address(source.uri), set()).update(source.suites)

    def likeness(source: Source) -> tuple[bool, bool, bool, bool]:
        beside = suites_at[_address(source.uri)]
        return (
            "debian-archive" in source.signed_by,
            any(f"{suite}-updates" in beside for suite in source.suites),
            SUITE in source.suites,
            _address(source.uri).endswith("/debian"),
        )

    candidates = [
        source
        for source in listed
        if _RELEASES & set(source.suites)
        and "main" in source.components
        and (not source.signed_by or "debian-archive" in source.signed_by)
        and _address(source.uri).startswith(("http://", "https://", "file:/"))
    ]
    return _address(max(candidates, key=likeness).uri) if candidates else None


def _address(uri: str) -> str:
    # Debian's cloud images name a file that lists the mirrors.
    listed = re.match(r"mirror\+file:(?://)?(/.+)", uri)
    if listed is None:
        return uri.rstrip("/")
    try:
        words = Path(listed[1]).read_text(encoding="utf-8").split()
    except OSError:
        return ""
    return words[0].rstrip("/") if words else ""


def host_mirror(etc_apt: Path = Path("/etc/apt")) -> str | None:
    """Return the Debian mirror this machine's apt uses, or None when it uses none."""
    sources: list[Source] = []
    parts = etc_apt / "sources.list.d"
    for path in [etc_apt / "sources.list", *sorted(parts.glob("*.list"))]:
        if path.is_file():
            sources += parse_list(path.read_text(encoding="utf-8", errors="replace"))
    for path in sorted(parts.glob("*.sources")):
        sources += parse_deb822(path.read_text(encoding="utf-8", errors="replace"))
    return pick_mirror(sources)
