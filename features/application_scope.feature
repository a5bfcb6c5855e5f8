Feature: Application scope
  How far the vendor's application reaches: that it was limited before it was let in, and that the limit holds.

  Rule: GR-02 The application's scope was set before the vendor was let in, and its group is the intended one

    Without a scope, the consent reaches every mailbox of the organisation. A scope that is set after the connection
    comes too late for what was synchronised until then. An application access policy holds for whoever is in the group,
    through groups in it as well; a role for applications for its direct members only.

    @GR-02v1 @must
    Scenario: The scope is there in time, and is the intended group
      Given a group is said to limit the vendor's application
      When the group is read in Exchange Online
      And the application's policies and roles are read, where they are supplied
      Then the vendor's application is restricted to the group, since before it was let in
      And the group is one that a scope can be made of
      And every listed mailbox in Exchange Online is within it

  Rule: GR-03 No consent for the whole organisation voids the scope of the vendor's application

    What an application may do is the sum of its consent in Entra and of its roles in Exchange. Beside a role with a
    scope, a consent to the same permission reaches every mailbox all the same, and the scope limits nothing.

    @GR-03v1 @must
    Scenario: No consent reaches beyond the scope
      Given a group is said to limit the vendor's application
      When the vendor's application is looked up in the tenant
      And the application's policies and roles are read, where they are supplied
      Then no consent voids the scope

  Rule: GR-04 What the test of the scope says is also what a live call comes to

    A scope, and a member who is added to its group, take effect on live calls an hour and more after the command that
    tests them says so. Whoever connects in between finds users refused, or others let in.

    @GR-04v1 @should
    Scenario: The scope is in force
      Given a group is said to limit the vendor's application
      When every listed mailbox in Exchange Online is opened
      And the tests of the scope are read, where they are supplied
      Then each test says what the live call comes to

  Rule: GR-08 Mailboxes outside the application's scope are refused

    A limit is proven by what it keeps out. Whoever is outside the group and can be reached all the same will be
    synchronised, without having been asked.

    @GR-08v1 @must
    Scenario: Outsiders are refused
      Given a group is said to limit the vendor's application
      And a listed mailbox in Exchange Online opens
      When outsiders are tried in Exchange Online
      Then each of them is refused for want of the right
