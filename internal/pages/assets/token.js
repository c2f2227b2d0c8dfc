// Fills in the code of a link in a mail. The link has it in its fragment, which browsers send to no
// server; without scripts it is typed.
(() => {
  const fill = () => {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (!token) return;
    document.querySelector("input[name=token]").value = token;
    history.replaceState(null, "", location.pathname + location.search);
  };
  addEventListener("hashchange", fill);
  fill();
})();
