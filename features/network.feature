Feature: Network
  That the calendar provider finds the server, can trust it, and is let through to it.

  Rule: NET-01 The Exchange Server URL, where given, is the https address of EWS and answers

    The field is optional. Filled in, it is where the provider connects to, so it must be the whole address of EWS,
    ending in /EWS/Exchange.asmx, and nothing may stand in front of it that answers in its place.

    @NET-01v1 @must
    Scenario: EWS answers at the given URL
      Given the Exchange Server URL is given
      When the server is looked for
      Then the URL has the form of an EWS address
      And EWS answers at the URL

  Rule: NET-02 With the Exchange Server URL left out, Autodiscover finds the server

    The field is optional. Left out, the provider finds the server by Autodiscover, from the service account's address
    alone. If Autodiscover names no server, the connection ends before it begins.

    @NET-02v1 @must
    Scenario: Autodiscover finds the server for the service account's address
      Given the Exchange Server URL is left out
      When the server is looked for
      Then Autodiscover has found the server

  Rule: NET-03 The server's certificate is trusted, in date and made out to its name, over TLS 1.2 or later

    The provider verifies the certificate before it sends the password, and speaks TLS 1.2 and 1.3 only. A private
    authority, an expired certificate or one for another name ends the connection.

    @NET-03v1 @must
    Scenario: The server proves who it is
      When the server is looked for
      Then its certificate holds, over TLS 1.2 or later

  Rule: NET-04 The vendor's fixed IP addresses are let through to the server

    The provider connects from fixed addresses, another set for each of its data centres. An address that the firewall
    does not admit is a connection that breaks now and then, when the provider happens to use it.

    @NET-04v1 @must
    Scenario: Each of the vendor's addresses is let through
      Given the vendor's fixed IP addresses are named
      When connections are made from those that this machine can take on
      And the firewall's rules are read, where they are supplied
      Then each address is let through, on the wire or by the firewall's rules

  Rule: NET-05 Exchange may call out to the provider for push notifications

    The provider subscribes to push notifications: Exchange itself calls the provider when something in a calendar
    changes. If the firewall holds these calls back, the subscription is made and then ends in silence.

    @NET-05v1 @should @manual
    Scenario: Somebody vouches for the way out
      Given the provider's addresses for callbacks
      When the rules for connections from the Exchange servers are reviewed
      Then the servers may call these addresses

  Rule: NET-06 No device that ends TLS on the way breaks the channel binding of a sign-in

    With Extended Protection, a sign-in by NTLM is bound to the server's own certificate. A reverse proxy that ends
    TLS and encrypts anew with another certificate, or a load balancer that takes TLS off, breaks the binding: the
    right password is refused, and only for those who come by that way.

    @NET-06v1 @should
    Scenario: A sign-in that is bound to the channel works
      Given the server offers NTLM
      When the service account signs in
      And it signs in once more with NTLM, where its password is known to be good
      Then nothing on the way breaks the binding
