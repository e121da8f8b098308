"""Named tensors as the bytes of a safetensors file, and back, with every change noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ergodica.data.file_errors import DamagedFile
from ergodica.models.torch_needed import torch


def pack(tensors: Mapping[str, torch.Tensor], notes: Mapping[str, str]) -> bytes:
    """A safetensors file with `notes` as its metadata; tensors that share memory are written each."""
    from safetensors.torch import save

    written: bytes = save(
        {name: t.detach().cpu().clone(memory_format=torch.contiguous_format) for name, t in tensors.items()},
        dict(notes),
    )
    return written


def unpack(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors and the notes of a file that `pack` made.

    Raises:
        DamagedFile: it cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    content = path.read_bytes()
    try:
        tensors = load(content)
        head = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    except (SafetensorError, ValueError, KeyError) as error:
        raise DamagedFile(f"path: {path} is damaged ({error}); copy or train it again") from error
    return tensors, head.get("__metadata__", {})


def digest(tensors: Mapping[str, torch.Tensor], said: Any = None) -> str:
    """SHA-256 of names, types, shapes and values, and of `said` as JSON."""
    made = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        made.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        made.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return made.hexdigest()
