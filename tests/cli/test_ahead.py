import sys
import threading

from wellfit.cli.ahead import import_ahead


def test_what_is_there_is_imported_and_what_is_not_is_left_to_who_needs_it(monkeypatch, tmp_path):
    (tmp_path / "there_ahead.py").write_text("came = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    failed = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    import_ahead("not_there_at_all", "there_ahead")
    for thread in threading.enumerate():
        if thread.name == "wellfit-imports":
            thread.join(10)
    assert sys.modules.pop("there_ahead").came
    assert not failed
