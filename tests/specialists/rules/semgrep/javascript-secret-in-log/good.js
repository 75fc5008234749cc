function login(user, password) {
  console.log("login", user.name);
  logger.info("wrong password");
  logger.info(`user ${user.id} changed the password`);
  console.log("has secret", Boolean(config.jwtSecret));
}
