Feature: Migration
  From EWS to Microsoft Graph: nobody is left out, nobody is let in who was not before, and nothing stays behind.

  Rule: MIG-01 The limit on Microsoft Graph holds the same mailboxes as the limit on EWS

    Whoever moves from EWS to Microsoft Graph without setting the same limits first shares more calendars than before,
    or loses some. The vendor synchronises whatever it reaches.

    @MIG-01v1 @must
    Scenario: Both limits hold the same mailboxes
      Given a group is said to limit the vendor's application
      And there was a limit on EWS
      When the group is read in Exchange Online
      Then the mailboxes within both limits are the same

  Rule: MIG-02 Nothing in Exchange Online depends on EWS any more

    On 1 April 2027 EWS ended in Exchange Online, for every organisation and without exception. Whatever still goes over
    it is refused, and no switch brings it back.

    @MIG-02v1 @must
    Scenario: Nothing stays on EWS
      When it is read what the connection to Exchange Online rests on
      Then nothing in it depends on EWS
