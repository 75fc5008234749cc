import { close, load, send } from "./net";

send("a", 1);
if (load("b")) {
  close();
}
load("c").then(String);
