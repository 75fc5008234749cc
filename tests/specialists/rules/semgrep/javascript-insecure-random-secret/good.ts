import { randomBytes } from "crypto";

const resetToken = randomBytes(32).toString("hex");
const jitter = Math.random() * 100;
const secretSantaOrder = names.sort(() => Math.random() - 0.5);
