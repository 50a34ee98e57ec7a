"""Modules that handlers share: packaged with app.py, and imported as domovoilib.<module>."""
