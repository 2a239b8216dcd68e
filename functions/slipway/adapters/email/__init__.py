"""Questions to approvers by e-mail: `ses` sends, `templates/` holds what they read."""
