/** What resolvers receive and return for every scalar of the API. */
export type ScalarTypes = {
  BigInt: { Input: bigint; Output: bigint };
  Seq: { Input: bigint; Output: bigint };
  DateTime: { Input: Date; Output: Date };
  UUID: { Input: string; Output: string };
  Currency: { Input: string; Output: string };
  CountryCode: { Input: string; Output: string };
  TimeZone: { Input: string; Output: string };
  EmailAddress: { Input: string; Output: string };
  Latitude: { Input: number; Output: number };
  Longitude: { Input: number; Output: number };
  PositiveInt: { Input: number; Output: number };
  NonNegativeInt: { Input: number; Output: number };
  LooseNumber: { Input: unknown; Output: unknown };
  JSON: { Input: unknown; Output: unknown };
};
