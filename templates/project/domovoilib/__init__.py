"""What handlers share: modules here are packaged with app.py, and imported as domovoilib.<module>."""
