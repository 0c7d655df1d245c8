"""The installation the rooms are tested in: a folder of its own, in demo mode; BANGFU_DATABASE chooses PostgreSQL."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="bangfu-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["BANGFU_DATA"] = _folder
os.environ["BANGFU_DEMO"] = "yes"
