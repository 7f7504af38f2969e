"""Where moto 5.2 differs from AWS in what deskshift needs: one small file for each gap.

Each file says what AWS does and what moto does, and is proved by a test in
tests/integration/local_stack/test_moto_gaps.py that fails once moto mends it itself: then the file can go.
"""
