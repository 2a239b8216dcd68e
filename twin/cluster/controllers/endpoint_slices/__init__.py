"""The EndpointSlice controller: the pods behind each Service that has a selector. `slices` decides, `controller` acts.

Source: pkg/controller/endpointslice and k8s.io/endpointslice. Left out: Services without a selector, IPv6, topology hints, more than 100 endpoints in
several slices (one slice takes up to the API's 1000), the older kind Endpoints.
"""
