Feature: The end of EWS
  What still goes over EWS in Exchange Online, whether it is let through, and until when. Exchange Server is not
  concerned.

  Rule: EWS-06 EWS in Exchange Online answers for every listed mailbox

    Since 1 October 2026 Microsoft switches EWS off in Exchange Online, tenant by tenant, and on 1 April 2027 for good.
    The organisation and the mailbox must both have it on, and a mailbox with nothing but a plan for front-line workers
    is refused.

    @EWS-06v1 @must
    Scenario: EWS answers for everybody concerned
      When every listed mailbox is asked for over EWS in Exchange Online
      And the switches of EWS are read, where they are supplied
      Then EWS in Exchange Online answers for each of them

  Rule: EWS-08 EWS in Exchange Online is switched on by name, so that it stays on until its end

    Where the switch was never set, Microsoft sets it to off when the disablement reaches the tenant. Where it is on and
    no application is named, everything may be blocked from that day on: Microsoft's own pages disagree about it. What
    answers today may so be off tomorrow.

    @EWS-08v1 @should
    Scenario: EWS stays on until its end
      When the switches of EWS are read, where they are supplied
      Then EWS is switched on by name, and applications are named

  Rule: EWS-02 The vendor's application is on the list of those that may use EWS

    With a list of App IDs, EWS answers those on it and nobody else. Every application counts by itself: that one is let
    through says nothing of another.

    @EWS-02v1 @should
    Scenario: The vendor's application is listed
      When every listed mailbox is asked for over EWS in Exchange Online
      And the switches of EWS are read, where they are supplied
      Then the vendor's application is among those that may use EWS

  Rule: EWS-03 No policy about User-Agents shuts the vendor out of Exchange Online

    A policy of the organisation may let in, or shut out, programs by the name that they give themselves (User-Agent).
    It is made for EWS, and is applied to REST and Microsoft Graph as well.

    @EWS-03v1 @should
    Scenario: No User-Agent is shut out
      When the switches of EWS are read, where they are supplied
      Then no policy about User-Agents shuts the vendor out

  Rule: EWS-04 Nobody relies on impersonation or on a password in Exchange Online

    Impersonation by a service account was taken out of Exchange Online in February 2025, and it takes no password for
    EWS since January 2023. A connection that rests on either does not work, whatever else is in order.

    @EWS-04v1 @must
    Scenario: The settings rest on neither
      When it is read what the connection to Exchange Online rests on
      Then it rests neither on impersonation nor on a password

  Rule: EWS-07 With access to free/busy times only, the busy times in Exchange Online can be read, as long as that path lives

    Over Microsoft Graph the vendor offers no access to free/busy times only: it reads whole calendars. The one path for
    less goes over EWS, and ends with it on 1 April 2027.

    @EWS-07v1 @must
    Scenario: Busy times are read
      Given access to free/busy times only was agreed
      When the busy times in Exchange Online are asked for
      Then all of them are read, on a path that is still alive
