export function show(element: HTMLElement, name: string) {
  element.textContent = name;
  element.innerHTML = "";
  element.innerHTML = `<b>ready</b>`;
  element.innerHTML = DOMPurify.sanitize(name);
}
