"""Whether clients are served, now and after a failure: judged for each relationship from the answers of all its servers together.

In: status-get of the servers, the servers that could not be read, and what was compared. Out: a grade for each relationship and
each standalone server, with the symptoms: what is seen, what clients notice, what to do for the pair.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kea_hac.drift.members import Member
from kea_hac.drift.pair_view import Seen
from kea_hac.drift.relationship_health import View
from kea_hac.drift.symptoms import Grade, Symptom, switched_off, worst
from kea_hac.kea.config import Daemon
from kea_hac.live.endpoint import Live, Trouble, Unread
from kea_hac.live.ha_state import ha_state, server_statuses
from kea_hac.model.site import Family, Site
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one relationship, or of one server that is in none."""

    daemon: Daemon
    servers: tuple[str, ...]
    """In the order of the spec."""
    symptoms: tuple[Symptom, ...]

    @property
    def grade(self) -> Grade:
        """That of the worst symptom."""
        return worst(each.grade for each in self.symptoms)


def healths(site: Site, lives: Iterable[Live | Unread], seen: Collection[Seen] = ()) -> tuple[Health, ...]:
    """The health of every relationship and standalone server, family by family; of those whose answers were saved, none.

    `lives`: what was asked. `seen`: what differs between servers and spec, which can be the cause of a symptom.
    """
    answers = {(each.server, each.daemon.name): each for each in lives}
    statuses = server_statuses(site, answers.values())
    found = []
    for name, family in site.families.items():
        own = {server: answer for (server, daemon), answer in answers.items() if daemon == name}
        for relationship in family.relationships:
            members = [each for each in statuses if each.relationship is relationship]
            asked = [answer for each in members if (answer := own.get(each.server)) is not None]
            if asked and not all(isinstance(each, Live) and each.saved for each in asked):
                view = View(relationship, [Member(each, own.get(each.server)) for each in members], seen)
                found.append(Health(family.daemon, tuple(each.server for each in members), tuple(view.symptoms())))
        found += _standalone(site, family, own)
    return tuple(found)


def _standalone(site: Site, family: Family, own: dict[str, Live | Unread]) -> Iterator[Health]:
    """The servers of a family without a relationship."""
    for node in site.nodes:
        answer = own.get(node.name)
        if family.relationships or answer is None or (isinstance(answer, Live) and answer.saved):
            continue
        symptoms = []
        if isinstance(answer, Unread):
            down = answer.trouble is Trouble.DOWN
            grade = Grade.NO_SERVICE if down else Grade.UNKNOWN
            text = f"{node.name} {'does not run: no client is answered' if down else 'could not be read'}"
            symptoms.append(Symptom("down" if down else "unread", grade, text, "start it" if down else ""))
        else:
            symptoms = list(switched_off(node.name, ha_state(answer.status), alone=True))
        yield Health(family.daemon, (node.name,), tuple(symptoms))


__all__ = ["Grade", "Health", "Symptom", "healths", "worst"]
