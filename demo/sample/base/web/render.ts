export interface Product {
  sku: string;
  name: string;
  price: number;
}

export function renderProduct(product: Product): HTMLElement {
  const row = document.createElement("li");
  row.textContent = `${product.name}: ${(product.price / 100).toFixed(2)}`;
  return row;
}
