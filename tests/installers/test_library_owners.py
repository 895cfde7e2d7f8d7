"""Which package a library comes from: asked of a real rpm database, made here, and of this Debian's dpkg."""

import subprocess
from pathlib import Path

import pytest

from installers import bill_of_materials, licences
from installers.compiled_here import TERMS, CompiledPackage, compiled_here
from installers.debian_packages import STATUS, DebianRecords
from installers.library_owners import is_of_this_python, owners_of, records_of_this_system
from installers.rpm_packages import RpmPackage, RpmRecords
from installers.system_package import TermsMissing, copy_terms
from installers.windows_ffmpeg import X264

SPEC = """\
Name: {name}
Epoch: 1
Version: 2.8+git
Release: 3.el8
Summary: A library
License: MIT and BSD
BuildArch: noarch
%global __os_install_post %{{nil}}
%description
A library, as others have it.
%package common
Summary: What it shares with others
%description common
What it shares with others.
%install
mkdir -p %{{buildroot}}{lib} %{{buildroot}}{licences}/{name} %{{buildroot}}{docs}/{name}/old
for file in {lib}/{name}.so.1 {lib}/{name}-shared.so {licences}/{name}/COPYING {docs}/{name}/COPYING.txt; do
  echo "$file" > "%{{buildroot}}$file"
done
echo authors > "%{{buildroot}}{docs}/{name}/AUTHORS"
%files
{lib}/{name}.so.1
{marked}
%files common
{lib}/{name}-shared.so
{documents}
"""


class RpmSystem:
    """A database of its own in `folder`, and files that really lie where its packages say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lib, self.licences, self.docs = (folder / "usr" / name for name in ("lib64", "licenses", "doc"))
        self.rpm = ("rpm", "--dbpath", str(folder / "database"))

    def install(self, name: str, *, marked: bool, documents: bool) -> None:
        text = SPEC.format(
            **{"name": name, "lib": self.lib, "licences": self.licences, "docs": self.docs},
            marked=f"%license {self.licences}/{name}/COPYING" if marked else "",
            documents=f"%doc {self.docs}/{name}/AUTHORS\n%doc {self.docs}/{name}/COPYING.txt" if documents else "",
        )
        spec = self.folder / f"{name}.spec"
        spec.write_text(text)
        top, unpackaged = f"_topdir {self.folder}/build", "_unpackaged_files_terminate_build 0"
        _run("rpmbuild", "-bb", "--quiet", "--define", top, "--define", unpackaged, str(spec))
        made = sorted(map(str, (self.folder / "build" / "RPMS").rglob(f"{name}-*.rpm")))
        _run(*self.rpm, "--install", "--nodeps", "--ignoreos", "--ignorearch", *made)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> RpmSystem:
    made = RpmSystem(tmp_path_factory.mktemp("rpm"))
    made.install("libmarked", marked=True, documents=True)
    made.install("libdocumented", marked=False, documents=True)
    made.install("libbare", marked=False, documents=False)
    return made


def test_rpm_tells_version_terms_and_the_texts_a_package_is_marked_with(system: RpmSystem, tmp_path: Path) -> None:
    found = RpmRecords(system.rpm).owner_of(system.lib / "libmarked.so.1")
    terms = system.licences / "libmarked" / "COPYING"
    assert found == RpmPackage("libmarked", "1:2.8+git-3.el8", "MIT and BSD", "noarch", (terms,))
    assert found.address == "pkg:rpm/almalinux/libmarked@2.8%2Bgit-3.el8?arch=noarch&epoch=1"
    copy_terms([found], tmp_path)
    assert (tmp_path / "libmarked" / "COPYING").read_text() == f"{terms}\n"
    told = licences.overview([], [found])
    assert "dnf download --source" in told
    assert "MIT and BSD, see libmarked/COPYING" in told
    bill = tmp_path / "bill.json"
    bill_of_materials.write(bill, version="1", sha256="a" * 64, packages=[], system=[found])
    assert found.address in bill.read_text()


def test_terms_among_the_documents_of_what_was_built_with_it_count(system: RpmSystem) -> None:
    found = RpmRecords(system.rpm).owner_of(system.lib / "libdocumented.so.1")
    assert found is not None
    assert found.texts == {"COPYING.txt": system.docs / "libdocumented" / "COPYING.txt"}


def test_a_link_is_followed_to_the_file_its_package_has(system: RpmSystem, tmp_path: Path) -> None:
    (tmp_path / "lib.so").symlink_to(system.lib / "libmarked-shared.so")
    found = RpmRecords(system.rpm).owner_of(tmp_path / "lib.so")
    assert found is not None
    assert found.name == "libmarked-common"


def test_a_package_without_terms_is_not_given_away_and_the_text_says_what_to_do(system: RpmSystem) -> None:
    with pytest.raises(TermsMissing, match="tsflags= reinstall libbare"):
        RpmRecords(system.rpm).owner_of(system.lib / "libbare.so.1")


def test_two_texts_of_one_name_are_both_kept() -> None:
    package = RpmPackage("lib", "1-1", "MIT", "x86_64", (Path("/l/COPYING"), Path("/l/contrib/COPYING")))
    assert package.texts == {"COPYING": Path("/l/COPYING"), "contrib-COPYING": Path("/l/contrib/COPYING")}
    assert (package.place, package.address) == ("lib", "pkg:rpm/almalinux/lib@1-1?arch=x86_64")


def test_what_the_recipe_compiled_has_the_terms_it_put_down(system: RpmSystem, tmp_path: Path) -> None:
    library = tmp_path / "lib" / "libx264.so.164"
    library.parent.mkdir()
    library.touch()
    with pytest.raises(TermsMissing, match="x264"):
        compiled_here(library)
    terms = tmp_path / TERMS / "x264" / "COPYING"
    terms.parent.mkdir(parents=True)
    terms.touch()
    owners = owners_of([library, system.lib / "libmarked.so.1", library], RpmRecords(system.rpm))
    assert [(one.name, type(one)) for one in owners] == [("libmarked", RpmPackage), ("x264", CompiledPackage)]
    assert X264.sha256 in licences.overview([], owners)


def test_what_nobody_knows_is_refused_unless_it_is_of_this_python(system: RpmSystem, tmp_path: Path) -> None:
    unknown = tmp_path / "libunknown.so.1"
    unknown.touch()
    with pytest.raises(TermsMissing, match="libunknown"):
        owners_of([unknown], RpmRecords(system.rpm))
    assert owners_of([tmp_path / "libpython3.11.so.1.0"], RpmRecords(system.rpm)) == []
    assert is_of_this_python(Path("/opt/python/lib/libtk8.6.so"), Path("/opt/python"))
    assert not is_of_this_python(Path("/usr/local/lib/libx.so"), Path("/usr/local"))


def test_the_side_is_chosen_by_the_list_a_system_keeps(tmp_path: Path) -> None:
    assert isinstance(records_of_this_system(tmp_path / "none"), RpmRecords)
    if STATUS.is_file():
        assert isinstance(records_of_this_system(), DebianRecords)
