Feature: Exchange Online
  That each mailbox is in Exchange Online as the connection needs it: licensed, found by its address, and open.

  Rule: GR-07 Every listed mailbox in Exchange Online opens over Microsoft Graph

    A mailbox without a licence, one that is still on the server, or one outside the scope is not within reach of
    Microsoft Graph: it is the user whose interviews will not be scheduled. One success says nothing about the others.

    @GR-07v1 @must
    Scenario: Every listed mailbox opens
      When every listed mailbox in Exchange Online is opened
      Then each of them opens over Microsoft Graph

  Rule: GR-09 Every listed mailbox in Exchange Online has a licence that the connection can use

    A mailbox without an active Exchange plan is closed to every application, and deleted after a while. A plan for
    front-line workers (F1, F3, Kiosk) opens over Microsoft Graph, but since 30 June 2026 no longer over EWS.

    @GR-09v1 @must
    Scenario: Every listed mailbox is licensed
      When every listed user in Exchange Online is looked up
      Then each has an Exchange plan that the connection can use

  Rule: SVC-02 The service account in Exchange Online has a licence of the class E3 or higher

    The vendor asks for a licence of the class E3 or higher. A service account with a plan for front-line workers is
    refused by EWS since 30 June 2026, whatever else it may do.

    @SVC-02v1 @must
    Scenario: The service account is licensed
      Given a service account is named for Exchange Online
      When its licence is looked up
      Then it is one of the class E3 or higher

  Rule: GR-10 Every listed address in Exchange Online is on a verified domain of the tenant

    The consent holds for one tenant, and the tenant for its verified domains. An address on another domain, be it a
    sub-domain or one that only looks alike, is nobody's whom the connection could reach.

    @GR-10v1 @must
    Scenario: Every listed address is on a verified domain
      When the tenant's domains are read
      Then each listed address in Exchange Online is on a verified one

  Rule: GR-11 The trial in Exchange Online is done with someone who has no directory role

    A trial with an administrator misleads: scopes and policies are often written around administrators, so it may work
    where users fail, or fail where they succeed.

    @GR-11v1 @must
    Scenario: The user of the trial administers nothing
      When the directory roles of the trial's user are read
      Then there are none, not even by way of a group

  Rule: GR-12 The trial's and every listed address in Exchange Online is the primary address of its user

    The vendor matches people by the primary address. An alias, or a user principal name that differs from it, leads to
    nobody or to a second profile of the same person.

    @GR-12v1 @must
    Scenario: Every address is a primary one
      When every listed user in Exchange Online is looked up
      Then each address is the user's primary one

  Rule: GR-06 Mail flow rules let the vendor's invitations through

    Where no event can be written, people are invited by mail; and the vendor writes to users whose connection has
    broken. A rule that quarantines or rejects these mails keeps them from everybody at once.

    @GR-06v1 @should
    Scenario: No rule holds the vendor's mail back
      When the mail flow rules are read, where they are supplied
      Then none of them holds back mail from the vendor
