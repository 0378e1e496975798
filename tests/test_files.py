"""Files are written whole or not at all."""

import os
import stat

import pytest

import wellfit.files
from wellfit.errors import OutputError
from wellfit.files import check_writable, write_file, write_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def failing_disk(monkeypatch):
    """A disk that is full when the second file is written."""
    write, calls = wellfit.files._write_new, []

    def fail(path, content):
        calls.append(path)
        if len(calls) > 1:
            path.write_bytes(content[:1])
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(wellfit.files, "_write_new", fail)


def test_a_file_is_replaced_at_once(tmp_path):
    path = tmp_path / "model"
    write_file(path, b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["model"]


def test_a_file_has_the_rights_that_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "model", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "model").stat().st_mode) == 0o640


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_what_is_no_file_is_never_replaced(tmp_path):
    with pytest.raises(OutputError, match="it is a folder; name a file"):
        write_file(tmp_path, b"")
    with pytest.raises(OutputError, match="it is not a regular file"):
        write_file("/dev/null", b"")
    assert not os.path.isfile("/dev/null")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"cannot write '.*nowhere/model': no such file or directory\."):
        write_file(tmp_path / "nowhere" / "model", b"")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, error):
    def fail(path, content):
        path.write_bytes(content[:1])
        raise error

    write_file(tmp_path / "model", b"old")
    monkeypatch.setattr(wellfit.files, "_write_new", fail)
    with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt):
        write_file(tmp_path / "model", b"new")
    assert names(tmp_path) == ["model"]
    assert (tmp_path / "model").read_bytes() == b"old"


# === Folders ===


def test_a_new_folder_appears_whole(tmp_path):
    write_folder(tmp_path / "a" / "run", {"x": b"1", "y": b"2"})
    assert names(tmp_path / "a") == ["run"]
    assert names(tmp_path / "a" / "run") == ["x", "y"]


def test_an_existing_folder_keeps_the_files_of_others(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    write_folder(tmp_path, {"x": b"1", "picture": b"2"})
    write_folder(tmp_path, {"x": b"3"}, stale=["picture", "never there"])
    assert names(tmp_path) == ["mine.txt", "x"]
    assert (tmp_path / "x").read_bytes() == b"3"


@pytest.mark.usefixtures("failing_disk")
def test_a_full_disk_leaves_no_new_folder(tmp_path):
    with pytest.raises(OutputError, match="no space left on device"):
        write_folder(tmp_path / "run", {"x": b"1", "y": b"2"})
    assert names(tmp_path) == []


def test_a_full_disk_leaves_an_old_folder_as_it_was(tmp_path, request):
    write_folder(tmp_path / "run", {"x": b"1", "y": b"2"})
    request.getfixturevalue("failing_disk")
    with pytest.raises(OutputError, match="no space left on device"):
        write_folder(tmp_path / "run", {"x": b"3", "y": b"4"})
    assert names(tmp_path / "run") == ["x", "y"]
    assert (tmp_path / "run" / "x").read_bytes() == b"1"


def test_writable_folders_are_told_from_others_without_a_trace(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    check_writable(tmp_path / "new" / "run")
    with pytest.raises(OutputError, match="is a file; name a folder"):
        check_writable(tmp_path / "file" / "run")
    assert names(tmp_path) == ["file"]

    def refuse(path, content):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(wellfit.files, "_write_new", refuse)
    with pytest.raises(OutputError, match=r"cannot write into '.*run': permission denied"):
        check_writable(tmp_path / "run")
