"""The book as a static site: `python -m labcore.site [folder]`, by default build/site.

Each notebook becomes a page that holds its stored outputs. What can be clicked is taken from the
notebook as it runs: every stepper with what it would show under other rules, every quiz with its
answers. So a page needs no kernel, no server and no other host; it opens from a folder, too.
"""
