"""Looking at how a page is laid out, in whatever browser."""

# A script that gives what stands out over the right edge of a page.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll"))
    .map(e => e.outerHTML.slice(0, 100))"""
