"""From an HTTP request to an operation on objects, and back.

`server` (TLS, who asks, errors as Status) → `request` (which resource, which verb) → `operations` (reads and writes; `validation` of bodies) or `watch`.
`body` and `protobuf` read what was sent, `rendering` and `tables` write what is answered, a long list in `pages`.
"""
