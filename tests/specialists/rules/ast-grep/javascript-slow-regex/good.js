const words = /^\w+(?:\s\w+)*$/;
const letters = /^[a-zA-Z]*$/;
const version = /^(\d+\.)+\d+$/;
const path = /^(?:\/[^/]+)+$/;
