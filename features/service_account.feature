Feature: Service account
  The one account that the calendar provider signs in with, on behalf of everybody.

  Rule: SVC-04 The service account exists, is enabled and signs in with the given password

    The service account is the account that the calendar provider signs in with. If it is missing, disabled or locked,
    or if its password is wrong, has expired or must be changed at the next logon, nobody's calendar can be connected.

    @SVC-04v1 @must
    Scenario: The service account signs in
      When the service account signs in
      Then it is let in

  Rule: SVC-05 The server offers a way to sign in that needs no person: Basic or NTLM

    The provider signs in by itself, at any hour. A sign-in that asks for a second factor or opens a page in a browser
    cannot be answered by it, however right the password is.

    @SVC-05v1 @must
    Scenario: A program can sign in by itself
      When the server is asked what it offers for signing in
      Then Basic or NTLM is offered, and no second factor is demanded

  Rule: SVC-08 With the username left out, the service account's e-mail address works as the login

    The username is an optional field. Left out, the provider signs in with the e-mail address, and a domain accepts
    that only where the address is also the account's user principal name.

    @SVC-08v1 @must
    Scenario: The e-mail address is taken as the login
      Given the username is left out
      When the service account signs in
      Then its e-mail address is taken as the login

  Rule: SVC-01 The service account is assigned to a mailbox

    An account without a mailbox of its own on this server cannot look up names, groups or rooms, and is refused
    wherever Exchange takes the caller's own mailbox for granted.

    @SVC-01v1 @must
    Scenario: The service account opens its own calendar
      Given the service account can sign in
      When it opens its own calendar
      Then it has a mailbox of its own

  Rule: SVC-03 The service account is on the same domain as every user to be integrated

    The provider ties a service account to one domain. A user whose address is on another domain, be it a sub-domain or
    one that only looks alike, is not found through it.

    @SVC-03v1 @must
    Scenario: Every listed address is on the service account's domain
      When the list of users is read
      Then every address is on the service account's domain

  Rule: SVC-06 Legacy authentication for EWS is not blocked for the service account

    Basic and NTLM are what Exchange calls legacy authentication. An authentication policy, assigned to the account
    or the organisation's default one, can block them for EWS: the server then refuses the right password as if it
    were a wrong one.

    @SVC-06v1 @must
    Scenario: The server takes a name and a password
      When the service account signs in
      And its authentication policy is read, where it is supplied
      Then nothing blocks legacy authentication for it

  Rule: SVC-07 The service account is dedicated to the connection, and not privileged

    Whoever holds its password can act as every user within its scope. It should open nothing else: not somebody's
    own work, and not the administration of the domain. Active Directory also strips inherited rights from
    administrators' accounts, former ones too, which takes away what impersonation rests on.

    @SVC-07v1 @should
    Scenario: The service account administers nothing
      When the list of users is read
      And it is looked up who administers IT
      And the service account's entry in Active Directory is read, where it is supplied
      Then it is not one of the users to be integrated
      And it is not among those who administer IT
