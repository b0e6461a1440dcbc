// After activities were added inside the frame, the whole page goes back to the course.
const script = document.currentScript;
if (window.top !== window && script && !("stay" in script.dataset)) {
  window.setTimeout(() => { window.top.location.href = script.dataset.to; }, 600);
}
