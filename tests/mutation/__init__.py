"""Every security check switched off once: does a test turn red? `make mutation`, weekly in CI (`.ci/weekly`).

`guards` finds the checks in the syntax tree, so that a new check is covered without being listed;
`baseline` learns which tests execute which lines; `trial` switches one check off in a copy of the checkout
and runs the tests that could notice; `equivalent.toml` names, with the reason, what no test can see.

General mutation tools change operators and numbers everywhere, several thousand times here, and know no "drop
this check". What is missing in them is little more than this package.
"""
