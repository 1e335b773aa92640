// A classic script in <head>, so the chosen theme stands before the first paint.
// The choice is a preference, not a secret: localStorage is the right place for it.
(() => {
  try {
    const chosen = localStorage.getItem("countersign.theme");
    if (chosen === "light" || chosen === "dark") {
      document.documentElement.dataset.theme = chosen;
    }
  } catch {
    // Storage may be refused; the system's scheme then applies.
  }
})();
