/** `work`, which is done once for each object; `work` must depend on nothing else. */
export function memo<K extends object, V>(work: (key: K) => V): (key: K) => V {
  const done = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const known = done.get(key);
    if (known !== undefined) return known.value;
    const value = work(key);
    done.set(key, { value });
    return value;
  };
}
