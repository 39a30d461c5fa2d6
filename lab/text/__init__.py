"""Texts that come from elsewhere or go elsewhere: secrets in them, terminals and shells that read them."""
