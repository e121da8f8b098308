"""Programs in processes of their own, for what acts at import or lasts until the next process."""

import json
import os
import subprocess
import sys
from typing import Any


def told(*words: object, **environment: object) -> Any:
    """What the last line that Python prints, run with `words` and variables of the environment, says in JSON."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
