"""The desk of a story that has moved on: merged into another, or expired before anybody decided."""

from datetime import timedelta

from tests.browser.desk_pictures import a_story
from tests.fakes.site import Site
from tests.web.test_desk_pages import at_desk
from tocsin.desk.drafting import draft_story
from tocsin.store.alerts import Version, VersionState, expire_holds, story_versions
from tocsin.store.people import Role
from tocsin.store.stories import fold_story
from tocsin.web.desk.rows import digest_of


def versions(site: Site, story: str) -> tuple[Version, ...]:
    with site.parts.store.read() as connection:
        return story_versions(connection, story)


def expired(site: Site, story: str) -> Version:
    """Keep a story whose draft nobody has decided."""
    a_story(site, story, (("Coast Radio", f"What {story} says of the bridge"),))
    now = site.parts.clock()
    with site.parts.store.write() as connection:
        draft_story(site.parts, connection, story, by="test", at=now)
        expire_holds(connection, now + timedelta(hours=1))
    return versions(site, story)[-1]


def test_what_expired_is_drafted_again_from_its_page(site: Site) -> None:
    version, editor = expired(site, "nightly"), at_desk(site, Role.EDITOR)
    assert "Draft it again" in editor.ask("GET", f"/desk/versions/{version.id}")[2]
    status, where, _ = editor.ask("POST", "/desk/stories/nightly", act="draft")
    fresh = versions(site, "nightly")[-1]
    assert (status, where, fresh.state) == (303, f"/desk/versions/{fresh.id}", VersionState.HELD)
    assert "Draft it again" not in editor.ask("GET", f"/desk/versions/{version.id}")[2]
    assert "Draft it again" not in at_desk(site, Role.VIEWER).ask("GET", f"/desk/versions/{version.id}")[2]


def test_what_expired_is_drafted_again_by_one_key_on_the_board(site: Site) -> None:
    version, editor = expired(site, "early"), at_desk(site, Role.EDITOR)
    row = f"{version.id}.{digest_of(version.draft)}.early"
    told = editor.post("/desk/act", act="hold", row=row)
    assert "Drafted and held" in told
    assert told.count(version.draft.headline) > editor.ask("GET", "/desk")[2].count(version.draft.headline)
    assert [each.state for each in versions(site, "early")] == [VersionState.EXPIRED, VersionState.HELD]


def test_a_link_to_a_story_that_was_merged_leads_to_what_it_became(site: Site) -> None:
    for story in ("kept-one", "gone-one-"):
        a_story(site, story, (("Coast Radio", f"What {story} says of the ferry"),))
    editor = at_desk(site, Role.EDITOR)
    assert "Merged" in editor.post("/desk/stories/kept-one", act="merge", other="gone-one-")
    with site.parts.store.write() as connection:
        fold_story(connection, "kept-one", "gone-one-")
    assert editor.ask("GET", "/desk/stories/gone-one-")[:2] == (303, "/desk/stories/kept-one")
    status, where, _ = editor.ask("POST", "/desk/stories/gone-one-", act="draft")
    assert (status, where) == (303, f"/desk/versions/{versions(site, 'kept-one')[-1].id}")
    assert editor.ask("POST", "/desk/stories/gone-one-", act="merge", other="kept-one")[0] == 409
