"""Creates and finds load balancers, listeners and certificates in the local emulator."""

from __future__ import annotations

from ...errors import DomovoiError
from .._http.function_addresses import is_emulator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ...model.event_request import SentPayload


def find_balancer(elb: Any, priority: int, function: str) -> str:
    """Returns the name of the load balancer that forwards a rule to a function.

    Raises:
        DomovoiError: there is none.
    """
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
            for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
                if rule["Priority"] == str(priority) and _is_target(elb, rule, function):
                    name: str = balancer["LoadBalancerName"]
                    return name
    raise DomovoiError(
        f"No load balancer in the emulator has a rule with priority {priority}.",
        "Deploy the stage to the emulator again.",
    )


def _is_target(elb: Any, rule: Mapping[str, Any], function: str) -> bool:
    groups = [action["TargetGroupArn"] for action in rule["Actions"] if "TargetGroupArn" in action]
    targets = [
        each["Target"]["Id"]
        for group in groups
        for each in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    ]
    return any(target.endswith(function) for target in targets)


def find_page(elb: Any, priority: int, function: str, host: str, path: str) -> tuple[str, str] | None:
    """Returns the URL that a rule forwards to a function, and how to call it if a browser cannot.

    Args:
        elb: a boto3 client of Elastic Load Balancing.
        priority: the priority of the rule.
        function: the end of the function's ARN.
        host: the host that the rule is for; empty for any, whose URL is unknown on AWS.
        path: the path of the rule.

    Raises:
        DomovoiError: the emulator has no such rule.
    """
    endpoint = elb.meta.endpoint_url
    if not is_emulator(endpoint):
        return (f"https://{host}{path}", "") if host else None
    url = f"{endpoint}/_alb/{find_balancer(elb, priority, function)}{path}"
    return url, f"The rule is for the host {host}: curl -H 'Host: {host}' {url}" if host else ""


def post_request(endpoint: str, balancer: str, path: str, host: str, body: SentPayload) -> int:
    """Sends a POST request to a load balancer, and returns the status of the response.

    Args:
        endpoint: the URL of the emulator.
        balancer: the name of the load balancer.
        path: the path of the request.
        host: the host name of the request; empty for that of the emulator.
        body: the body.
    """
    from contextlib import closing
    from http.client import HTTPConnection
    from urllib.parse import quote, urlsplit

    headers = {"Content-Type": body.content_type, **({"Host": host} if host else {})}
    with closing(HTTPConnection(urlsplit(endpoint).netloc)) as connection:
        connection.request("POST", f"/_alb/{balancer}{quote(path)}", body.data, headers)
        return connection.getresponse().status


def create_certificate(client: Callable[[str], Any], domain: str) -> None:
    """Creates a certificate, and the hosted zone that the module looks up, unless they exist."""
    acm, route53 = client("acm"), client("route53")
    issued = acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"]
    if domain not in [certificate["DomainName"] for certificate in issued]:
        acm.request_certificate(DomainName=domain, ValidationMethod="DNS")
    zone = domain.partition(".")[2] if domain.count(".") > 1 else domain
    if f"{zone}." not in [each["Name"] for each in route53.list_hosted_zones()["HostedZones"]]:
        route53.create_hosted_zone(Name=zone, CallerReference=zone)


def ensure_listener(elb: Any, name: str) -> str:
    """Returns the ARN of a load balancer's listener; creates them unless they exist."""
    try:
        (balancer,) = elb.describe_load_balancers(Names=[name])["LoadBalancers"]
    except elb.exceptions.LoadBalancerNotFoundException:
        (balancer,) = elb.create_load_balancer(Name=name)["LoadBalancers"]
    arn = balancer["LoadBalancerArn"]
    listeners = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    if not listeners:
        default = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        response = elb.create_listener(
            LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[default]
        )
        listeners = response["Listeners"]
    return str(listeners[0]["ListenerArn"])
