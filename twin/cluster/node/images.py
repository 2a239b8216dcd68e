"""Images of a node: pulled out of OCI layouts on disk, verified, unpacked once for each digest. Called by `container` before each start.

The folder REGISTRY/REPOSITORY stands for the repository, whatever host the reference names. The bytes are checked against the digest when an image is pulled;
one that is there already isn't read again unless the policy is Always.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.cluster.node.reference import Reference, parse_reference
from twin.cluster.node.unpacking import unpack
from twin.registry.layout import Image, ImageError, Layout


class ImageRefused(Exception):
    """The container can't have its image: `reason` is kubelet's word for it, the message says why.

    https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/images/types.go
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class UnpackedImage:
    """`folder` is the root of its files; `config` the `config` object of the image; `image_id` what a pod's status calls it."""

    digest: str
    image_id: str
    folder: Path
    config: Mapping[str, Any]


class Images:
    """`folder` keeps unpacked images across runs of the agent."""

    def __init__(self, registry: Path, folder: Path) -> None:
        self._registry = registry
        self._folder = folder
        self._tags: dict[str, str] = {}
        self._one_at_a_time = asyncio.Lock()

    async def pull(self, image: str, policy: str) -> UnpackedImage:
        """The image, unpacked. `policy` is Always, IfNotPresent or Never. ImageRefused when that can't be."""
        try:
            reference = parse_reference(image)
        except ValueError as error:
            raise ImageRefused("InvalidImageName", f'Failed to apply default image tag "{image}": {error}') from error
        async with self._one_at_a_time:
            try:
                return await asyncio.to_thread(self._pull, image, reference, policy)
            except ImageError as error:
                raise ImageRefused("ErrImagePull", f'failed to pull image "{image}": {error}') from error

    def _pull(self, image: str, reference: Reference, policy: str) -> UnpackedImage:
        digest = reference.digest or self._tags.get(image, "")
        if digest and policy != "Always" and self._place(digest).is_dir():
            return self._found(reference, digest)
        if policy == "Never":
            raise ImageRefused("ErrImageNeverPull", f'Container image "{image}" is not present with pull policy of Never')
        layout = Layout(self._registry / reference.repository)
        digest = reference.digest or layout.digest(reference.tag)
        verified = layout.read(digest)
        if not self._place(digest).is_dir():
            self._keep_config(verified)  # first: the folder is the sign that an image is there
            unpack(verified, self._place(digest))
        self._tags[image] = digest
        return self._found(reference, digest)

    def _found(self, reference: Reference, digest: str) -> UnpackedImage:
        return UnpackedImage(digest, f"{reference.name}@{digest}", self._place(digest), json.loads(self._config_path(digest).read_text()))

    def _keep_config(self, image: Image) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._config_path(image.digest).with_suffix(".part")
        part.write_text(json.dumps(image.config.get("config") or {}))
        part.replace(self._config_path(image.digest))

    def _place(self, digest: str) -> Path:
        return self._folder / digest.removeprefix("sha256:")

    def _config_path(self, digest: str) -> Path:
        return self._folder / f"{digest.removeprefix('sha256:')}.json"
