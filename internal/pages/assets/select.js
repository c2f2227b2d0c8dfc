// Ticks all boxes of a form at once, and counts those that are ticked. Without it each box is ticked alone.
(() => {
  for (const all of document.querySelectorAll("[data-select-all]")) {
    const boxes = [...all.form.querySelectorAll("input[type=checkbox]")].filter(b => b.name === all.dataset.selectAll);
    const count = all.form.querySelector("[data-selected]");
    const show = () => {
      const ticked = boxes.filter(b => b.checked).length;
      all.checked = boxes.length > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && !all.checked;
      if (count) count.textContent = count.dataset.selected.replace("%d", ticked);
    };
    all.addEventListener("change", () => {
      for (const b of boxes) b.checked = all.checked;
      show();
    });
    for (const b of boxes) b.addEventListener("change", show);
    all.closest("label").hidden = boxes.length === 0;
    show();
  }
})();
