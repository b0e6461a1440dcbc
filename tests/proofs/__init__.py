"""Long runs that show what must hold whatever happens; short versions of them are tests."""
