async function login(body) {
  const answer = await post("/login", body);
  localStorage.setItem("theme", answer.theme);
  localStorage.setItem("tokenizer", "words");
  localStorage.removeItem("token");
}
