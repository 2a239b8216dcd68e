"""What can be wrong with a template."""


class TemplateError(ValueError):
    """The template can't be used; the message says where and why, in one line."""
