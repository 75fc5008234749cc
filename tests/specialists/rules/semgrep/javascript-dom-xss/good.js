const hash = window.location.hash.slice(1);
document.getElementById("tab").textContent = hash;
document.getElementById("safe").innerHTML = DOMPurify.sanitize(location.hash);
document.getElementById("static").innerHTML = "<b>ready</b>";
document.getElementById("page").innerHTML = parseInt(location.hash, 10);
