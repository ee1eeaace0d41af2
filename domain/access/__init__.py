"""Who may use the system without being a customer: terminals with associates, head office, partners.

A terminal is a registered device with a credential of 256 random bits. An associate signs in at a terminal with a staff
code and a PIN; the session dies with its time, with the terminal, and with the associate. Head office signs in with
e-mail and password. A partner exchanges client credentials for a token that carries its scopes and its own channel.
"""
