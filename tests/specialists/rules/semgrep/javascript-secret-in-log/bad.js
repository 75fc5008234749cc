function login(user, password) {
  // ruleid: javascript-secret-in-log
  console.log("login", user.name, password);
  // ruleid: javascript-secret-in-log
  logger.info(`token ${user.accessToken}`);
  // ruleid: javascript-secret-in-log
  console.log("secret is " + config.jwtSecret);
}
