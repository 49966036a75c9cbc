"""What only its owner may read is written whole, and stays its owner's."""

from pathlib import Path

import pytest

from tocsin.private_files import replace_private, write_private


def test_a_secret_is_the_owner_s_only_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "secret"
    write_private(file, b"first")
    write_private(file, b"second")
    assert file.read_bytes() == b"first"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_what_is_replaced_is_the_owner_s_only_too(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"first")
    file.chmod(0o644)
    replace_private(file, b"second")
    assert file.read_bytes() == b"second"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_where_the_file_should_be_leaves_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_private(tmp_path / "secret", b"content")
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
