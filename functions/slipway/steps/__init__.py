"""What happens in each state, as plain functions of a request and the ports they need. `handlers/` calls them."""
