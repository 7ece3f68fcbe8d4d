/** Ids of occurrences that every device derives alike, so that two devices that complete the same occurrence make one row. */

/** The bits that identify an occurrence. The others (time, version, `rand_a`, variant) are those of the base. */
const DERIVED_BITS = 62;

/**
 * The id of occurrence `n` of a series whose base is a UUIDv7: the base itself for 1, otherwise the base with its lower
 * 62 bits XORed with those of `splitmix64(n)`.
 */
export function occurrenceId(base: string, n: number): string {
  if (n === 1) return base;
  const id = BigInt(`0x${base.replaceAll("-", "")}`) ^ BigInt.asUintN(DERIVED_BITS, splitmix64(BigInt(n)));
  return id
    .toString(16)
    .padStart(32, "0")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** SplitMix64 (Steele, Lea, Flood 2014). */
function splitmix64(n: bigint): bigint {
  let z = BigInt.asUintN(64, n * 0x9e37_79b9_7f4a_7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn);
  return z ^ (z >> 31n);
}
