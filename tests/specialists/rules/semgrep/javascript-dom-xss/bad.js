const hash = window.location.hash.slice(1);
// ruleid: javascript-dom-xss
document.getElementById("tab").innerHTML = decodeURIComponent(hash);

window.addEventListener("message", (event) => {
  // ruleid: javascript-dom-xss
  panel.innerHTML = event.data;
});

function trail() {
  // ruleid: javascript-dom-xss
  document.write("<a href='" + document.referrer + "'>back</a>");
}
