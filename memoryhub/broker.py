"""The broker's URL in Celery's words, which differ from those of redis-py."""

from urllib.parse import urlsplit


def celery_url(url: str) -> str:
    """Return a `redis://`, `rediss://` or `unix://` URL as Celery understands it.

    Celery checks no certificate unless it is told to; redis-py does unless told not to.
    """
    parts = urlsplit(url)
    query = [each for each in parts.query.split("&") if each]
    if parts.scheme == "unix":
        options = "&".join(each.replace("db=", "virtual_host=", 1) for each in query)
        return f"redis+socket://{parts.netloc}{parts.path}?{options}"
    if parts.scheme == "rediss" and "ssl_cert_reqs=" not in parts.query:
        return parts._replace(
            query="&".join([*query, "ssl_cert_reqs=required"])
        ).geturl()
    return url
