// Opens the payment provider's window for the request that the page holds. The provider leads
// the browser back by itself on phones; elsewhere its promise says what has come of it.
(async () => {
  const page = document.getElementById("payment");
  const back = new URL(page.dataset.return, location.origin);
  const request = { ...JSON.parse(page.dataset.request), redirectUrl: back.href };
  try {
    const outcome = await PortOne.requestPayment(request);
    for (const name of ["txId", "paymentToken", "code"]) {
      if (outcome?.[name]) back.searchParams.set(name, outcome[name]);
    }
    location.replace(back);
  } catch (problem) {
    const alert = page.querySelector("[role=alert]");
    alert.textContent = problem.message;
    alert.hidden = false;
  }
})();
