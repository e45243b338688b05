"""One comment of a pull request (GitHub) or merge request (GitLab): written once, and updated from then on. Standard library only.

    comment.py github FILE      GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_EVENT_PATH, KEA_HAC_TOKEN; KEA_HAC_AUTHOR (github-actions[bot])
    comment.py gitlab FILE      CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, KEA_HAC_TOKEN

The comment that is updated begins with MARKER and was written by the same user: anybody can write a comment with that line, and who
wrote a comment can change it again. Redirects are not followed, so the token goes to that API only.

Exit code: 0 written; 1 the API does not allow it or does not answer (for a pull request of a fork the token may only read); 2 usage.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

MARKER = "<!-- kea-hac review: this comment is updated -->"
LARGEST = 65_000
"""Characters of a comment: GitHub takes 65,536."""
PAGE = 100
MOST_PAGES = 100
TIMEOUT = 30
"""Seconds for one answer."""
LARGEST_ANSWER = 32 * 1024 * 1024


class CommentError(Exception):
    """The comment could not be written. The text says why, without the token."""


class UsageError(Exception):
    """The environment does not name the pull request."""


class Place(NamedTuple):
    """Where the comments of one pull request are."""

    comments: str
    """The URL that lists them and takes a new one."""
    one: Callable[[int], str]
    """The number of a comment → its URL."""
    update: str
    """The method that changes one."""
    headers: dict[str, str]
    author: Callable[[dict[str, Any]], bool]
    """True for a comment that we wrote."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler())


def main(arguments: list[str]) -> int:
    """Write the comment."""
    places = {"github": github, "gitlab": gitlab}
    if len(arguments) != 2 or arguments[0] not in places:
        print("usage: comment.py github|gitlab FILE", file=sys.stderr)
        return 2
    try:
        text = Path(arguments[1]).read_text("utf-8")
        print(write(places[arguments[0]](os.environ), body_of(text)))
    except (UsageError, OSError, UnicodeDecodeError) as error:
        print(f"no comment: {error}", file=sys.stderr)
        return 2
    except CommentError as error:
        print(f"no comment was written: {error}", file=sys.stderr)
        return 1
    return 0


def body_of(text: str) -> str:
    """The comment. The marker is its first line; the text cannot contain a second one."""
    return f"{MARKER}\n{shortened(text.replace('<!--', '&lt;!--'))}"


def shortened(text: str) -> str:
    """The text, as far as a comment or the text of a request may be long."""
    if len(text) > LARGEST:
        return text[:LARGEST].rpartition("\n")[0] + "\n\n(cut here: the comment would be too long)\n"
    return text


def github(environment: Any) -> Place:
    """The pull request of a job of GitHub Actions."""
    event = json.loads(Path(needed(environment, "GITHUB_EVENT_PATH")).read_text("utf-8"))
    number = event.get("pull_request", {}).get("number")
    if not isinstance(number, int):
        raise UsageError("this job is not for a pull request")
    repository = urllib.parse.quote(needed(environment, "GITHUB_REPOSITORY"), safe="/")
    base = f"{api_of(environment, 'GITHUB_API_URL')}/repos/{repository}/issues"
    author = environment.get("KEA_HAC_AUTHOR") or "github-actions[bot]"
    headers = {
        "Authorization": f"Bearer {needed(environment, 'KEA_HAC_TOKEN')}",
        "Accept": "application/vnd.github+json",
    }
    return Place(
        f"{base}/{number}/comments",
        lambda one: f"{base}/comments/{one}",
        "PATCH",
        headers,
        lambda comment: (comment.get("user") or {}).get("login") == author,
    )


def gitlab(environment: Any) -> Place:
    """The merge request of a job of GitLab."""
    api = api_of(environment, "CI_API_V4_URL")
    project = urllib.parse.quote(needed(environment, "CI_PROJECT_ID"), safe="")
    number = urllib.parse.quote(needed(environment, "CI_MERGE_REQUEST_IID"), safe="")
    headers = {"PRIVATE-TOKEN": needed(environment, "KEA_HAC_TOKEN")}
    own = ask("GET", f"{api}/user", headers)
    mine = own.get("id") if isinstance(own, dict) else None
    if mine is None:
        raise CommentError(f"{api}/user does not say whose token it is")
    notes = f"{api}/projects/{project}/merge_requests/{number}/notes"
    return Place(
        notes,
        lambda one: f"{notes}/{one}",
        "PUT",
        headers,
        lambda comment: (comment.get("author") or {}).get("id") == mine,
    )


def write(place: Place, body: str) -> str:
    """Update our comment, or write it. Returns what was done."""
    for comment in _comments(place):
        if str(comment.get("body", "")).startswith(MARKER) and place.author(comment):
            if comment.get("body") == body:
                return "the comment is up to date"
            ask(place.update, place.one(int(comment["id"])), place.headers, {"body": body})
            return "the comment was updated"
    ask("POST", place.comments, place.headers, {"body": body})
    return "a comment was written"


def _comments(place: Place) -> Iterator[dict[str, Any]]:
    for page in range(1, MOST_PAGES + 1):
        listed = ask("GET", f"{place.comments}?per_page={PAGE}&page={page}", place.headers)
        if not isinstance(listed, list):
            raise CommentError("the answer is no list of comments")
        yield from (each for each in listed if isinstance(each, dict))
        if len(listed) < PAGE:
            return
    raise CommentError(f"there are more than {MOST_PAGES * PAGE:,} comments")


def ask(method: str, url: str, headers: dict[str, str], content: Any = None) -> Any:
    """The JSON that an API answers. Raises CommentError, without the token."""
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, data, {**headers, "Content-Type": "application/json"}, method=method)
    shown = f"{method} {url.partition('?')[0]}"
    try:
        with _opener.open(request, timeout=TIMEOUT) as answer:
            return json.loads(answer.read(LARGEST_ANSWER) or b"null")
    except urllib.error.HTTPError as error:
        step = "; the token may only read, as for a pull request of a fork" if error.code in (401, 403, 404) else ""
        raise CommentError(f"{shown}: {error.code}{step}") from None
    except (OSError, ValueError) as error:
        raise CommentError(f"{shown}: {type(error).__name__}") from None


def api_of(environment: Any, name: str) -> str:
    """The URL of the API. Raises UsageError where a token must not be sent to it."""
    url = needed(environment, name).rstrip("/")
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise UsageError(f"{name} is {url!r}: a token is sent by https only")
    return url


def needed(environment: Any, name: str) -> str:
    """A variable. Raises UsageError where it is not set."""
    value = environment.get(name)
    if not value:
        raise UsageError(f"{name} is not set")
    return str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
