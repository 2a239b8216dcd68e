"""The front door of the twin: stands for the load balancer that the AWS load balancer controller makes of Ingresses (an ALB with `target-type: ip`).

`python -m twin.front_door` is an ordinary client of the Kubernetes API, started by the supervisor. `following` keeps the table current, `routing` finds the
rule for a request, `backends` turns Services and EndpointSlices into target groups, `balancing` picks a target, `proxy` carries request and answer.

Imitated: Host and path rules, weighted forward actions, the status codes of an ALB's own answers, its idle timeout, its X-Forwarded headers, a delay before a
new target is used. All Ingresses of class `alb` share this one listener, as in one IngressGroup.
Left out: TLS, HTTP/2 to clients, WebSockets, stickiness, redirect and fixed-response actions, `conditions.` annotations, health checks of its own (a target is
as healthy as Kubernetes says), the Ingress's `status.loadBalancer`.
"""
