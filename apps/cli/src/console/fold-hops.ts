import type { Hop } from '@carillon/hops';

/** While an app is parked, its deliveries are given back again and again: the last of a row stands for all. */
export function foldHops(hops: readonly Hop[]): readonly { readonly hop: Hop; readonly repeats: number }[] {
  const rows: { hop: Hop; repeats: number }[] = [];
  for (const hop of hops) {
    const last = rows.at(-1);
    const again = hop.kind === 'parked' && last?.hop.kind === 'parked';
    if (again) rows.pop();
    rows.push({ hop, repeats: again ? last.repeats + 1 : 0 });
  }
  return rows;
}
