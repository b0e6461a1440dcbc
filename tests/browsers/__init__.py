"""Group E of the checklist in every browser that schools use, over https: `make browsers`.

Not part of the ordinary tests, which need Chromium only. Sources: WebDriver (https://www.w3.org/TR/webdriver2/),
which Chromium and WebKit speak by their own drivers, and Firefox by Marionette
(https://firefox-source-docs.mozilla.org/testing/marionette/).
"""
