// An invitation's secret comes behind the # of its link, which browsers send to
// nobody. It goes into the form and out of the address.
const secret = location.hash.slice(1);
if (secret) {
  document.getElementById("token").value = secret;
  history.replaceState(null, "", location.pathname);
  document.getElementById("password").focus();
}
