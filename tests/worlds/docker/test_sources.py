"""Which mirror apt's sources name, in both formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.worlds.docker.sources import Source, host_mirror, parse_deb822, parse_list, pick_mirror

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def test_one_line_format() -> None:
    text = """
        # deb http://commented.test/debian bookworm main
        deb http://mirror.test/debian/ bookworm main contrib  # a remark
        deb-src http://mirror.test/debian bookworm main
        deb [ arch=amd64 signed-by=/usr/share/keyrings/x.gpg ] https://third.test/apt bookworm main
    """
    assert parse_list(text) == [
        Source("http://mirror.test/debian/", ("bookworm",), ("main", "contrib")),
        Source("https://third.test/apt", ("bookworm",), ("main",), "/usr/share/keyrings/x.gpg"),
    ]


def test_deb822_format() -> None:
    text = f"""# a remark
Types: deb deb-src
URIs: http://a.test/debian
  http://b.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: {KEYRING}

Types: deb
Enabled: no
URIs: http://off.test/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.test/debian
Suites: bookworm
Components: main
"""
    suites = ("bookworm", "bookworm-updates")
    assert parse_deb822(text) == [
        Source("http://a.test/debian", suites, ("main",), KEYRING),
        Source("http://b.test/debian", suites, ("main",), KEYRING),
    ]


@pytest.mark.parametrize(
    "foreign",
    [
        Source("https://third.test/debian", ("bookworm",), ("main",), "/keyrings/third.gpg"),
        Source("https://third.test/debian", ("bookworm",), ("stable",)),
        Source("https://third.test/apt", ("cloud-sdk-bookworm",), ("main",)),
        Source("https://third.test/pg", ("bookworm-pgdg",), ("main",)),
        Source("https://third.test/ubuntu", ("noble",), ("main",)),
        Source("http://security.test/debian-security", ("bookworm-security",), ("main",)),
        Source("cdrom:[Debian]/", ("bookworm",), ("main",)),
    ],
)
def test_what_is_not_the_archive_is_no_mirror(foreign: Source) -> None:
    assert pick_mirror([foreign]) is None
    archive = Source("http://mirror.test/debian/", ("bookworm",), ("main",), KEYRING)
    assert pick_mirror([foreign, archive]) == "http://mirror.test/debian"


def test_an_unsigned_third_party_loses_to_the_archive() -> None:
    third = Source("https://third.test/12/prod", ("bookworm",), ("main",))
    archive = [
        Source("http://mirror.test/debian", ("bookworm",), ("main",)),
        Source("http://mirror.test/debian", ("bookworm-updates",), ("main",)),
    ]
    assert pick_mirror([third, *archive]) == "http://mirror.test/debian"


def test_another_release_of_debian_will_do_when_there_is_nothing_better() -> None:
    trixie = Source("http://mirror.test/debian", ("trixie",), ("main",))
    assert pick_mirror([trixie]) == "http://mirror.test/debian"
    bookworm = Source("http://other.test/debian", ("bookworm",), ("main",))
    assert pick_mirror([trixie, bookworm]) == "http://other.test/debian"


def test_host_mirror_reads_every_file_and_follows_a_mirror_list(tmp_path: Path) -> None:
    assert host_mirror(tmp_path) is None
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (parts / "third.list").write_text("deb https://third.test/apt third-bookworm main\n")
    assert host_mirror(tmp_path) is None
    mirrors = tmp_path / "debian.list"
    mirrors.write_text("https://listed.test/debian\n")
    (parts / "debian.sources").write_text(
        f"Types: deb\nURIs: mirror+file://{mirrors}\nSuites: bookworm\nComponents: main\n"
    )
    assert host_mirror(tmp_path) == "https://listed.test/debian"
    (tmp_path / "sources.list").write_text(
        f"deb [signed-by={KEYRING}] http://mirror.test/debian bookworm main\n"
    )
    assert host_mirror(tmp_path) == "http://mirror.test/debian"
