Feature: Connection settings
  What is entered when the calendar integration is configured, how it is kept, and what goes before it. Everything here
  is judged from the settings of this run, or from attestations where no program can look; what the settings say is
  tried at the server in the other features.

  Rule: APP-01 Whoever configures the integration has the IT Admin permission

    The page for calendars is shown only to people with the vendor's own IT Admin permission. Without it the
    configuration cannot be started, however well the server is prepared.

    @APP-01v1 @should @manual
    Scenario: Somebody vouches for the permission
      When the person who configures the integration signs in at the vendor
      Then the page for calendars is there for them

  Rule: APP-02 The connection settings are complete and valid

    These are the fields that must be ready before the configuration is started. A value of the wrong form, or a
    password that is not where the settings say, ends it at the first page.

    @APP-02v1 @must
    Scenario: Every field of the form has a value of the right form
      When the connection settings are read
      Then every field is valid, or left out where it may be

  Rule: APP-05 Users who connected their calendars themselves are warned

    Connecting in bulk disconnects the calendars that users connected themselves. Whoever has not been told takes it for
    a fault, or connects again.

    @APP-05v1 @should @manual
    Scenario: Somebody vouches for the warning
      Given the list of users who connected their calendars themselves
      When the day of the change is set
      Then each of them has been told of it

  Rule: APP-06 The terms of service and the privacy policy are agreed to

    The form is not accepted without it, and somebody with the authority to do so has to decide it.

    @APP-06v1 @must
    Scenario: Somebody has agreed to the terms
      When the connection settings are read
      Then the terms of service and the privacy policy are agreed to

  Rule: SEC-01 The service account's details are kept securely

    Whoever has this password can read and write every calendar that impersonation covers. It must not stand in clear
    where others can read it, and must not be sent before the other end has proved who it is.

    @SEC-01v1 @must
    Scenario: The password is out of the reach of others
      When the connection settings are read
      Then the password is given by reference, and is its owner's alone
      And it was sent only where the server had proved who it is
