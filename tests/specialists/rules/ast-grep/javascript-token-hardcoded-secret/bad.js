// ruleid: javascript-token-hardcoded-secret
const token = "SERVICE_TOKEN_9c1f84e8f41e4146403dd4a6bbcea5e418d23a9";
