"""The container registry, as OCI image layouts in a folder. Imitates what ECR keeps; has no HTTP API of its own.

A node that pulls reads the layout; https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""
