Feature: Exchange
  The server itself: that EWS is switched on, that the mailboxes are where the connection reaches, and that the version is
  one that is still looked after.

  Rule: EWS-01 EWS is on for the organisation, the service account and every listed mailbox

    The provider speaks to Exchange by EWS alone. It can be switched off for the whole organisation and for single
    mailboxes. Switched off for the service account, nothing works; switched off for a user, whether an account that
    acts as them is held back is not promised.

    @EWS-01v1 @must
    Scenario: EWS answers for everybody concerned
      When the service account signs in
      And every listed mailbox is reached for
      Then EWS is on for the organisation and the service account
      And EWS is on for every listed mailbox

  Rule: LOC-01 Each listed mailbox is where the connection reaches it

    In a hybrid organisation some mailboxes are on Exchange Server and some in Exchange Online. The directory knows them
    all, but a server opens its own ones only, and Microsoft Graph those in Exchange Online only: a user who was moved,
    or who has a mailbox on neither side, is not connected.

    @LOC-01v1 @must
    Scenario: Every listed mailbox is found here
      When every listed mailbox is reached for, on each side that is connected
      And those that were not found there are looked up
      Then each listed mailbox is where the connection reaches it

  Rule: EWS-05 The server's build is one that Microsoft supports

    A server out of support gets no security updates, and holds the mailboxes that this connection opens from
    outside. Below Exchange Server 2007 with Service Pack 1, the vendor does not connect at all.

    @EWS-05v1 @should
    Scenario: The server is in support
      When the service account signs in
      And the list of servers is read, where it is supplied
      Then every build that is seen is supported today
