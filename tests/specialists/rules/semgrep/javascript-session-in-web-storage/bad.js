async function login(body) {
  const answer = await post("/login", body);
  // ruleid: javascript-session-in-web-storage
  localStorage.setItem("token", answer.token);
  // ruleid: javascript-session-in-web-storage
  window.localStorage.setItem("refresh_token", answer.refresh);
}
