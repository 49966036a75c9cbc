"""Breaking-news alerts by e-mail: what happened, who says so, how many independent origins."""

__version__ = "0.2.0"
