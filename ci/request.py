"""One pull request (GitHub) or merge request (GitLab) of a branch: opened once, and updated from then on. Standard library only.

    request.py github BRANCH BASE FILE      GITHUB_API_URL, GITHUB_REPOSITORY, KEA_HAC_TOKEN
    request.py gitlab BRANCH BASE FILE      CI_API_V4_URL, CI_PROJECT_ID, KEA_HAC_TOKEN

FILE is the text of the request. An open request of BRANCH into BASE gets the new text; a closed one stays closed, and a new one is
opened. Exit code: 0 done; 1 the API does not allow it or does not answer; 2 usage.
"""

from __future__ import annotations

import os
import sys
import urllib.parse
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))  # `python -I` leaves out the folder of the script

from comment import CommentError, UsageError, api_of, ask, needed, shortened

TITLE = "Changes that were made on the servers"


class Place(NamedTuple):
    """Where the requests of one repository are."""

    listed: str
    """The URL of the open requests of the branch."""
    requests: str
    """The URL that takes a new one, and below which each one is."""
    number: str
    """The key of its number."""
    update: str
    """The method that changes one."""
    headers: dict[str, str]
    content: dict[str, Any]
    """What a new one has besides its text."""
    text: str
    """The key of the text."""


def main(arguments: list[str]) -> int:
    """Open or update the request."""
    places = {"github": github, "gitlab": gitlab}
    if len(arguments) != 4 or arguments[0] not in places:
        print("usage: request.py github|gitlab BRANCH BASE FILE", file=sys.stderr)
        return 2
    kind, branch, base, file = arguments
    try:
        text = shortened(Path(file).read_text("utf-8"))
        print(write(places[kind](os.environ, branch, base), text))
    except (UsageError, OSError, UnicodeDecodeError) as error:
        print(f"no request: {error}", file=sys.stderr)
        return 2
    except CommentError as error:
        print(f"no request was opened: {error}", file=sys.stderr)
        return 1
    return 0


def github(environment: Any, branch: str, base: str) -> Place:
    """The pull requests of a repository at GitHub."""
    repository = needed(environment, "GITHUB_REPOSITORY")
    requests = f"{api_of(environment, 'GITHUB_API_URL')}/repos/{urllib.parse.quote(repository, safe='/')}/pulls"
    owner = repository.partition("/")[0]
    asked = urllib.parse.urlencode({"state": "open", "head": f"{owner}:{branch}", "base": base})
    headers = {
        "Authorization": f"Bearer {needed(environment, 'KEA_HAC_TOKEN')}",
        "Accept": "application/vnd.github+json",
    }
    content = {"title": TITLE, "head": branch, "base": base}
    return Place(f"{requests}?{asked}", requests, "number", "PATCH", headers, content, "body")


def gitlab(environment: Any, branch: str, base: str) -> Place:
    """The merge requests of a project at GitLab."""
    project = urllib.parse.quote(needed(environment, "CI_PROJECT_ID"), safe="")
    requests = f"{api_of(environment, 'CI_API_V4_URL')}/projects/{project}/merge_requests"
    asked = urllib.parse.urlencode({"state": "opened", "source_branch": branch, "target_branch": base})
    headers = {"PRIVATE-TOKEN": needed(environment, "KEA_HAC_TOKEN")}
    content = {"title": TITLE, "source_branch": branch, "target_branch": base, "remove_source_branch": True}
    return Place(f"{requests}?{asked}", requests, "iid", "PUT", headers, content, "description")


def write(place: Place, text: str) -> str:
    """Update the open request, or open one. Returns what was done."""
    listed = ask("GET", place.listed, place.headers)
    if not isinstance(listed, list):
        raise CommentError("the answer is no list of requests")
    if listed:
        number = int(listed[0][place.number])
        if listed[0].get(place.text) == text:
            return f"request {number} is up to date"
        ask(place.update, f"{place.requests}/{number}", place.headers, {place.text: text})
        return f"request {number} was updated"
    made = ask("POST", place.requests, place.headers, {**place.content, place.text: text})
    return f"request {made.get(place.number) if isinstance(made, dict) else ''} was opened"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
