// Buttons that copy the field that they name; without scripts the field can be selected by hand.
"use strict";
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const words = button.firstChild;
  const idle = words.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      words.textContent = `✓ ${button.dataset.done ?? "Copied"}`;
      setTimeout(() => { words.textContent = idle; }, 3000);
    } catch {
      // No permission: the text is selected, and the keyboard copies it.
    }
  });
}
