// Stands in for PortOne's browser SDK in the local stack: it opens the simulator's pay page,
// which comes back to redirectUrl as the real one does on phones.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  window.PortOne = {
    requestPayment(request) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(request)) {
        if (typeof value !== "object") query.set(name, value);
      }
      window.location.assign(`${origin}/pay?${query}`);
      return new Promise(() => {}); // the page is gone before it would resolve
    },
  };
})();
