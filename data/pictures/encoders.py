"""Frames into a file: GIF by Pillow, MP4 by ffmpeg."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.atomic import appearing

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Frame = Callable[[int], np.ndarray]

PALETTE_SAMPLES = 5
CELL = 8


def encode(target: Path, frame: Frame, count: int, fps: float) -> None:
    """Write an animation into a file that appears whole or not at all.

    Args:
        target: its ending, .gif or .mp4, names the format.
        frame: `frame(i)` draws frame i, `(height, width, 3)` of uint8; asked for some frames more than once.
        count: how many frames there are.
        fps: frames per second.
    """
    with appearing(target) as partial:
        (_gif if target.suffix.lower() == ".gif" else _mp4)(partial, frame, count, fps)


def check_encoder(target: Path) -> None:
    """Refuse a format that cannot be written here, before the first frame is drawn.

    Raises:
        ValueError: MP4 without ffmpeg.
    """
    if target.suffix.lower() == ".mp4" and ffmpeg() is None:
        raise ValueError(
            f"path: .mp4 needs ffmpeg, which is not installed, got {str(target)!r}; "
            "end the path with .gif, or install ffmpeg or the extra: pip install 'ergodica[video]'"
        )


def ffmpeg() -> str | None:
    """The ffmpeg program: that of the system, else the one of the `imageio-ffmpeg` package, else None."""
    found = shutil.which("ffmpeg")
    if found is not None:
        return found
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None


def _gif(target: Path, frame: Frame, count: int, fps: float) -> None:
    from PIL import Image

    # one palette for all frames, so that no colour flickers
    samples = [frame(int(index)) for index in np.linspace(0, count - 1, PALETTE_SAMPLES).round()]
    palette = Image.fromarray(np.concatenate(samples)).quantize(255)
    _keep_background(palette, samples[0][0, 0])

    def quantised(index: int) -> "Picture":
        return Image.fromarray(frame(index)).quantize(palette=palette, dither=Image.Dither.NONE)

    quantised(0).save(
        target,
        format="GIF",
        save_all=True,
        append_images=(quantised(index) for index in range(1, count)),
        duration=round(100 / fps) * 10,
        loop=0,
        optimize=False,
    )


def _keep_background(palette: "Picture", colour: np.ndarray) -> None:
    # Pillow looks colours up in cells, so all entries near the paper's white become that white
    colours = np.array(palette.getpalette(), dtype=np.int64).reshape(-1, 3)
    near = np.abs(colours - colour).max(axis=1)
    colours[near <= max(CELL, near.min())] = colour
    palette.putpalette(colours.ravel().tolist())


def _mp4(target: Path, frame: Frame, count: int, fps: float) -> None:
    import subprocess
    import tempfile

    height, width = frame(0).shape[:2]
    # the usual 4:2:0 colours need even sizes
    even = "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white"
    command = [str(ffmpeg()), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-", "-an", "-vf", even]
    command += [
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-crf",
        "20",
        "-movflags",
        "+faststart",
        "-f",
        "mp4",
        str(target),
    ]
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=messages)
        assert process.stdin is not None
        try:
            # a broken pipe is explained by what ffmpeg says, below
            with suppress(BrokenPipeError):
                for index in range(count):
                    process.stdin.write(frame(index).tobytes())
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
            failed = process.wait() != 0
        if failed:
            messages.seek(0)
            said = messages.read().decode(errors="replace").strip().splitlines()
            raise ValueError(
                f"path: ffmpeg could not write .mp4, it says {(said or ['nothing'])[-1]!r}; "
                "end the path with .gif"
            )
