export function show(element: HTMLElement, name: string) {
  // ruleid: javascript-unsafe-html
  element.innerHTML = `<b>${name}</b>`;
  // ruleid: javascript-unsafe-html
  element.insertAdjacentHTML("beforeend", name);
}
