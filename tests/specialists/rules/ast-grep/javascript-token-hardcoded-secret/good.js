const token = process.env.SERVICE_TOKEN;
const secret = "";
const apiKey = "api-key-of-the-shop";
const digest = "9c1f84e8f41e4146403dd4a6bbcea5e418d23a9f";
