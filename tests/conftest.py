"""What holds for all tests."""

from __future__ import annotations

import os
import signal
import sys

from hypothesis import HealthCheck, settings

# a shell that starts a job in the background lets it ignore SIGINT, and so would all that tests interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)

# tests start hundreds of processes, which shall not compile the same sources anew each
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# no example is wrong because a busy machine took long for it
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
