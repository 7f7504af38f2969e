"""The words that every tier speaks: frozen values without behaviour that needs I/O."""
