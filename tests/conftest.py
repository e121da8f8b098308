"""What holds for all tests."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# a shell that starts a job in the background lets it ignore SIGINT, and so would all that tests interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)

# no example is wrong because a busy machine took long for it
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
