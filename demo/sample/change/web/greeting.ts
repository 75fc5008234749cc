const name = new URLSearchParams(window.location.search).get("name") ?? "friend";
const greeting = document.getElementById("greeting");

if (greeting) {
  greeting.innerHTML = `Thank you, ${name}!`;
}
