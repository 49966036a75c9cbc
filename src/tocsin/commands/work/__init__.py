"""What commands do where that takes much to load: their help (``tocsin.commands``) does not load it."""
