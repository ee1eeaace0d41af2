"""The wires: HTTP, WebSocket, databases, Stripe, settings, the command line. Decides nothing about trade."""
