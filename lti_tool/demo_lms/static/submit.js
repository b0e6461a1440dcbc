// Sends the form of this page by itself; without scripts, its button does.
for (const form of document.querySelectorAll("form[data-submit]")) form.submit();
