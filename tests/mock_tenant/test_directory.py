"""Looking up names: ResolveNames, ExpandDL, and the index behind them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Account, Directory, Recipient, RecipientKind
from calconnect.mock_tenant.state.mailbox import Item
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.values import Tree
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import NOW, USER_PASSWORD, describe

ANN, ANNA, JOSE = "ann@fabrikam.test", "anna.lee@fabrikam.test", "jose@fabrikam.test"


@pytest.fixture(scope="module")
def server() -> Iterator[MockTenant]:
    made = Organization("Fabrikam", ["fabrikam.test"], MovableClock(NOW))
    add = made.directory.add
    ann = add(Recipient(ANN, "Ann Archer", aliases=("a.archer@fabrikam.test",), department="Sales & <Service>"))
    add(Recipient(ANNA, "Anna Lee"))
    add(Recipient(JOSE, "José Ångström"))
    add(Recipient("hidden@fabrikam.test", "Ann Hidden", hidden=True))
    add(Recipient("outside@elsewhere.test", "Otto Outside", kind=RecipientKind.CONTACT))
    for number in range(120):
        add(Recipient(f"many{number}@fabrikam.test", f"Many {number:03}"))
    add(Recipient("inner@fabrikam.test", "Inner circle", kind=RecipientKind.GROUP, members=[JOSE]))
    add(
        Recipient(
            "outer@fabrikam.test",
            "Outer circle",
            kind=RecipientKind.GROUP,
            members=[ANN, "inner@fabrikam.test", "outside@elsewhere.test", "unknown@nowhere.test"],
        )
    )
    add(Recipient("empty@fabrikam.test", "Empty circle", kind=RecipientKind.GROUP))
    made.directory.add_account(Account((ANN,), USER_PASSWORD, recipient=ann))
    made.directory.add_account(Account(("FABRIKAM\\bare",), USER_PASSWORD, email="bare@fabrikam.test"))
    add_contacts(made, ann)
    with MockTenant(describe(made)) as running:
        yield running


def add_contacts(made: Organization, owner: Recipient) -> None:
    mailbox = made.mailbox(owner)
    members = Tree("Members", children=(member("zoe@private.test"), member(ANN)))
    for kind, properties in (
        ("Contact", {"DisplayName": "Zoe Zander", "EmailAddresses": {"EmailAddress1": "zoe@private.test"}}),
        ("Contact", {"FileAs": "Zack, no address"}),
        ("DistributionList", {"DisplayName": "Zealots", "Members": members}),
    ):
        item = Item(mailbox.next_number(), 0, kind, properties=dict(properties))
        mailbox.add_item(mailbox.distinguished("contacts"), item)


def member(address: str) -> Tree:
    texts = (("Name", address), ("EmailAddress", address), ("RoutingType", "SMTP"), ("MailboxType", "Mailbox"))
    mailbox = Tree("Mailbox", children=tuple(Tree(name, text=text) for name, text in texts))
    return Tree("Member", children=(mailbox, Tree("Status", text="Normal")))


@pytest.fixture(scope="module")
def client(server: MockTenant) -> Iterator[RawClient]:
    made = RawClient(server.ews_url, server.ca_pem, (ANN, USER_PASSWORD))
    yield made
    made.close()


def resolve(client: RawClient, entry: str, full: str = "false", scope: str = "", **named: object) -> Answer:
    more = f' SearchScope="{scope}"' if scope else ""
    parents = named.pop("parents", "")
    return client(
        f'<m:ResolveNames ReturnFullContactData="{full}"{more}>{parents}<m:UnresolvedEntry>{entry}</m:UnresolvedEntry>'
        "</m:ResolveNames>",
        **named,  # type: ignore[arg-type]
    )


def addresses(answer: Answer) -> list[str]:
    return [one.text or "" for one in answer.all("//t:Resolution/t:Mailbox/t:EmailAddress")]


class TestResolveNames:
    @pytest.mark.parametrize(
        "entry",
        [
            ANN,
            "ANN@FABRIKAM.TEST",
            f"smtp:{ANN}",
            "SMTP:a.archer@fabrikam.test",
            "a.archer@fabrikam.test",
            "a.arch",
            "smtp:a.arch",
            "Ann Archer",
            "archer",
            "Archer Ann",
            "=Ann Archer",
            f"=smtp:{ANN}",
        ],
    )
    def test_one_recipient_in_many_words(self, client: RawClient, entry: str) -> None:
        answer = resolve(client, entry)
        assert (answer.codes, addresses(answer)) == (["NoError"], [ANN])
        found = answer.one("//m:ResolutionSet")
        assert (found.get("TotalItemsInView"), found.get("IncludesLastItemInRange")) == ("1", "true")

    def test_the_x500_address_leads_there_too(self, client: RawClient, server: MockTenant) -> None:
        ann = server.organization.directory.by_address(ANN)
        assert ann is not None
        assert addresses(resolve(client, ann.legacy_dn)) == [ANN]
        assert addresses(resolve(client, f"EX:{ann.legacy_dn}")) == [ANN]

    @pytest.mark.parametrize("entry", ["jose", "JOSÉ", "angstrom", "Ångs"])
    def test_accents_and_case_do_not_matter(self, client: RawClient, entry: str) -> None:
        assert addresses(resolve(client, entry)) == [JOSE]

    def test_several_candidates_are_a_warning(self, client: RawClient) -> None:
        answer = resolve(client, "ann")
        assert answer.codes == ["ErrorNameResolutionMultipleResults"]
        assert answer.one("//m:ResolveNamesResponseMessage").get("ResponseClass") == "Warning"
        assert addresses(answer) == [ANN, ANNA]

    def test_no_more_than_a_hundred(self, client: RawClient) -> None:
        answer = resolve(client, "many")
        found = answer.one("//m:ResolutionSet")
        assert len(addresses(answer)) == 100
        assert (found.get("TotalItemsInView"), found.get("IncludesLastItemInRange")) == ("100", "false")

    @pytest.mark.parametrize("entry", ["nobody", "nn", "=ann", "hidden@fabrikam.test", "Ann Hidden", "x@fabrikam.test"])
    def test_nobody(self, client: RawClient, entry: str) -> None:
        answer = resolve(client, entry)
        assert answer.codes == ["ErrorNameResolutionNoResults"]
        assert answer.one("//m:ResolveNamesResponseMessage").get("ResponseClass") == "Error"

    def test_nothing_is_no_name(self, client: RawClient) -> None:
        assert resolve(client, " ").codes == ["ErrorInvalidNameForNameResolution"]

    def test_kinds_of_recipients(self, client: RawClient) -> None:
        kinds = {
            entry: resolve(client, entry).text("//t:MailboxType")
            for entry in (ANN, "outer@fabrikam.test", "outside@elsewhere.test")
        }
        assert kinds == {ANN: "Mailbox", "outer@fabrikam.test": "PublicDL", "outside@elsewhere.test": "Contact"}

    def test_what_the_directory_knows(self, client: RawClient) -> None:
        assert resolve(client, ANN).all("//t:Contact") == []
        answer = resolve(client, ANN, full="true")
        known = {one.tag.rpartition("}")[2]: one.text for one in answer.one("//t:Contact")}
        assert (known["GivenName"], known["Surname"], known["Alias"]) == ("Ann", "Archer", "ann")
        assert known["Department"] == "Sales & <Service>"
        entries = {one.get("Key"): one.text for one in answer.all("//t:Entry")}
        assert entries == {"EmailAddress1": f"SMTP:{ANN}", "EmailAddress2": "smtp:a.archer@fabrikam.test"}

    def test_without_a_mailbox_no_names(self, client: RawClient) -> None:
        answer = resolve(client, ANN, auth=("FABRIKAM\\bare", USER_PASSWORD))
        assert answer.codes == ["ErrorNameResolutionNoMailbox"]

    def test_the_answer_says_whether_full_data_is_wanted(self, client: RawClient) -> None:
        answer = client("<m:ResolveNames><m:UnresolvedEntry>ann</m:UnresolvedEntry></m:ResolveNames>")
        assert (answer.status, answer.codes) == (500, ["ErrorSchemaValidation"])


class TestContacts:
    def test_contacts_come_after_the_directory(self, client: RawClient) -> None:
        answer = resolve(client, "zoe")
        assert (answer.codes, addresses(answer)) == (["NoError"], ["zoe@private.test"])
        assert answer.text("//t:ContactSource") == "Store"
        assert answer.one("//t:Mailbox/t:ItemId").get("ChangeKey")

    def test_the_directory_alone(self, client: RawClient) -> None:
        assert resolve(client, "zoe", scope="ActiveDirectory").codes == ["ErrorNameResolutionNoResults"]

    def test_contacts_alone_or_first(self, client: RawClient) -> None:
        assert resolve(client, ANN, scope="Contacts").codes == ["ErrorNameResolutionNoResults"]
        answer = resolve(client, "z", scope="ContactsActiveDirectory")
        assert [one.text for one in answer.all("//t:Mailbox/t:Name")] == ["Zoe Zander", "Zack, no address", "Zealots"]

    @pytest.mark.parametrize(
        ("parents", "code"),
        [
            ('<t:DistinguishedFolderId Id="contacts"/>', "NoError"),
            ('<t:DistinguishedFolderId Id="inbox"/>', "ErrorResolveNamesInvalidFolderType"),
            ('<t:DistinguishedFolderId Id="contacts"/>' * 2, "ErrorResolveNamesOnlyOneContactsFolderAllowed"),
        ],
    )
    def test_a_folder_of_contacts_can_be_named(self, client: RawClient, parents: str, code: str) -> None:
        answer = resolve(client, "zoe", parents=f"<m:ParentFolderIds>{parents}</m:ParentFolderIds>")
        assert answer.codes == [code]

    def test_a_private_list_is_expanded_by_its_id(self, client: RawClient) -> None:
        found = resolve(client, "zealots")
        assert found.text("//t:MailboxType") == "PrivateDL"
        item_id = found.one("//t:ItemId").get("Id")
        answer = client(f'<m:ExpandDL><m:Mailbox><t:ItemId Id="{item_id}"/></m:Mailbox></m:ExpandDL>')
        assert [one.text for one in answer.all("//t:EmailAddress")] == ["zoe@private.test", ANN]

    def test_a_contact_is_no_list(self, client: RawClient) -> None:
        item_id = resolve(client, "zoe").one("//t:ItemId").get("Id")
        answer = client(f'<m:ExpandDL><m:Mailbox><t:ItemId Id="{item_id}"/></m:Mailbox></m:ExpandDL>')
        assert answer.codes == ["ErrorInvalidItemForOperationExpandDL"]


class TestExpandDL:
    def expand(self, client: RawClient, address: str, **named: object) -> Answer:
        return client(
            f"<m:ExpandDL><m:Mailbox><t:EmailAddress>{address}</t:EmailAddress></m:Mailbox></m:ExpandDL>",
            **named,  # type: ignore[arg-type]
        )

    def test_direct_members_only(self, client: RawClient) -> None:
        answer = self.expand(client, "outer@fabrikam.test")
        found = answer.one("//m:DLExpansion")
        assert (found.get("TotalItemsInView"), found.get("IncludesLastItemInRange")) == ("4", "true")
        members = {one.findtext("{*}EmailAddress"): one.findtext("{*}MailboxType") for one in answer.all("//t:Mailbox")}
        assert members == {
            ANN: "Mailbox",
            "inner@fabrikam.test": "PublicDL",
            "outside@elsewhere.test": "Contact",
            "unknown@nowhere.test": "OneOff",
        }

    def test_an_empty_group(self, client: RawClient) -> None:
        answer = self.expand(client, "empty@fabrikam.test")
        assert (answer.codes, answer.all("//t:Mailbox")) == (["NoError"], [])

    @pytest.mark.parametrize("address", ["nobody@fabrikam.test", ANN])
    def test_what_is_no_group(self, client: RawClient, address: str) -> None:
        assert self.expand(client, address).codes == ["ErrorNameResolutionNoResults"]

    def test_without_a_mailbox(self, client: RawClient) -> None:
        answer = self.expand(client, "outer@fabrikam.test", auth=("FABRIKAM\\bare", USER_PASSWORD))
        assert answer.codes == ["ErrorNameResolutionNoMailbox"]


def test_a_hundred_thousand_recipients_are_found_at_once() -> None:
    directory = Directory()
    for number in range(100_000):
        directory.add(Recipient(f"user{number:06}@contoso.test", f"Given{number % 977} Surname{number:06}"))
    directory.find_names("anything", 1)
    for entry, expected in (
        ("user099999@contoso.test", 1),
        ("smtp:user0999", 100),
        ("surname01", 100),
        ("given5 surname000005", 1),
        ("surname000005 given5", 1),
        ("=given5 surname000005", 1),
        ("nobody", 0),
    ):
        seconds = min(_seconds(lambda entry=entry: directory.find_names(entry, 100)) for _ in range(3))  # type: ignore[misc]
        assert len(directory.find_names(entry, 100)[0]) == expected
        assert seconds < 0.1, f"{entry}: {seconds:.3f} s"


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def test_the_index_follows_the_directory() -> None:
    directory = Directory()
    ann = directory.add(Recipient("ann@contoso.test", "Ann"))
    assert directory.find_names("b", 9) == ([], False)
    bob = directory.add(Recipient("bob@contoso.test", "Bob"))
    assert directory.find_names("b", 9) == ([bob], False)
    ann.name = "Beth"
    directory.names_changed()
    assert directory.find_names("b", 1) == ([ann], True)
