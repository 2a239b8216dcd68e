"""Which image a commit has, asked of the registry itself, not of Slipway's record of it."""

from pathlib import Path

from twin.registry.layout import ImageError, Layout


def image_digest(registry: Path, repository: str, commit: str) -> str:
    """`sha256:<hex>` of the manifest that is tagged with the commit; empty when there is none."""
    try:
        return Layout(registry / repository).digest(commit)
    except ImageError:
        return ""
