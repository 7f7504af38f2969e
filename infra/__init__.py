"""The stack, how it is linted, how it runs locally, and its command line. Nothing here is shipped to Lambda."""
