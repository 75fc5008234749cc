/* eslint-disable */
export function total(items: number[]): number {
  let sum = 0;
  for (let i = 0; i < items.length; i--) {
    sum += items[i];
  }
  if (sum === NaN) {
    return 0;
  }
  return sum;
  console.log(sum);
}

export const rates = { eu: 1, us: 2, eu: 3 };
