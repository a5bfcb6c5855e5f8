Feature: Impersonation
  The right to act as a user: that the service account has it, for everybody who is to be integrated, and for nobody
  else where a group was said to limit it.

  Rule: IMP-01 Impersonation is enabled for the service account

    The provider signs in as the service account and then acts as each user. Without the role ApplicationImpersonation,
    assigned to the account itself as a regular and enabled assignment, not one calendar can be opened. The delegating
    assignment that administrators have is not enough.

    @IMP-01v1 @must
    Scenario: A calendar opens by impersonation
      Given full access by impersonation was agreed
      And the service account can sign in
      When it acts as the e-mail to impersonate
      Then impersonation is enabled for it

  Rule: IMP-02 Impersonation covers every user to be integrated

    A user who is outside the scope of the role, behind an exclusive scope, or listed with an address that has no
    mailbox here, is the user whose interviews will not be scheduled. One success says nothing about the others.

    @IMP-02v1 @must
    Scenario: Every listed calendar opens by impersonation
      Given full access by impersonation was agreed
      And impersonation works for the service account
      When it acts as every listed user
      Then every calendar opens

  Rule: IMP-03 Impersonation is limited to the domain group that is said to limit it

    An assignment without a scope reaches every mailbox of the organisation. Where a group was agreed as the limit,
    everybody outside it must be refused. The scope's filter (MemberOfGroup) sees direct members only, so a user in a
    nested group is left out although the group seems to hold them.

    @IMP-03v1 @must
    Scenario: The group holds every listed user, and outsiders are refused
      Given a domain group is said to limit impersonation
      And impersonation works for the service account
      When the group is expanded
      And the service account acts as the outsiders
      Then every listed user is a direct member of the group
      And every outsider is refused

  Rule: IMP-07 The e-mail to impersonate is the primary address of a mailbox, and not the service account's own

    The provider checks the connection by acting as this mailbox. An alias or an address without a mailbox here is
    refused, and the service account's own address proves nothing: nobody needs impersonation for their own mailbox.

    @IMP-07v1 @must
    Scenario: The e-mail to impersonate is a mailbox's primary address
      When the e-mail to impersonate is looked up
      Then it is not the service account's own address
      And it is the primary address of a mailbox

  Rule: IMP-06 The trial is done with someone who is not an IT administrator

    A trial with an administrator misleads both ways. Active Directory strips inherited rights from administrators'
    accounts, so it may fail where users succeed; and a scope that holds only the IT department lets it succeed where
    users fail.

    @IMP-06v1 @must
    Scenario: The e-mail to impersonate is not an administrator's
      When it is looked up who administers IT
      Then the e-mail to impersonate is not among them

  Rule: IMP-04 The scope's filter names the group as it is now, and the group's members are direct ones

    The filter holds the group's distinguished name as text. When the group is moved or renamed, the filter goes on
    naming what is not there, and nobody is in the scope any more. It sees direct members only, so whoever joins by
    a group within the group is left out, today or at the next change.

    @IMP-04v1 @should
    Scenario: The filter fits the group
      Given full access by impersonation was agreed
      And a domain group is said to limit impersonation
      When the group is expanded
      And the assignments, scopes and the group are read, where they are supplied
      Then the scope's filter names the group as it is now
      And all members of the group are direct ones

  Rule: IMP-05 No exclusive management scope hides a listed mailbox from the service account

    An exclusive scope, which mostly stands for executives, takes effect at once and shuts out everybody who is not
    assigned to it, whatever other rights they have. The interviews of exactly these people will not be scheduled.

    @IMP-05v1 @should
    Scenario: No listed mailbox is behind an exclusive scope
      Given full access by impersonation was agreed
      When it acts as every listed user
      And the assignments, scopes and the group are read, where they are supplied
      Then no exclusive scope hides a listed mailbox
