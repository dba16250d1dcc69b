import type { ItemKind } from '../../ingest/index.ts';

/** Stock codes that are not goods (measured: every non-numeric code of the file, and three numeric ones). */
const KIND_OF_CODE: Readonly<Record<string, ItemKind>> = {
  POST: 'FEE', // postage
  DOT: 'FEE', // postage of the other shop
  C2: 'FEE', // carriage
  '23444': 'FEE', // next day carriage
  '23574': 'FEE', // packing charge
  '22016': 'FEE', // gift voucher
  'BANK CHARGES': 'FEE',
  AMAZONFEE: 'FEE',
  CRUK: 'FEE', // commission to a charity
  M: 'ADJUSTMENT', // manual
  D: 'ADJUSTMENT', // discount
  S: 'ADJUSTMENT', // samples
  B: 'ADJUSTMENT', // bad debt
};

/** FEE and ADJUSTMENT by table, vouchers (gift_0001_…) are FEE, everything else (also DCGS…, PADS) is goods. */
export function kindOfCode(code: string): ItemKind {
  return KIND_OF_CODE[code.toUpperCase()] ?? (code.startsWith('gift_') ? 'FEE' : 'PRODUCT');
}

/** A country of the file: its code, and its capital for `--assume`. */
export interface KnownCountry {
  code: string;
  lat: number;
  lon: number;
}

/** "Channel Islands", "European Community" and "Unspecified" are no country: they get none. */
export const COUNTRY_OF_NAME: ReadonlyMap<string, KnownCountry> = new Map(
  (
    [
      ['Australia', 'AU', -35.2809, 149.13],
      ['Austria', 'AT', 48.2082, 16.3738],
      ['Bahrain', 'BH', 26.2285, 50.586],
      ['Belgium', 'BE', 50.8503, 4.3517],
      ['Brazil', 'BR', -15.7939, -47.8828],
      ['Canada', 'CA', 45.4215, -75.6972],
      ['Cyprus', 'CY', 35.1856, 33.3823],
      ['Czech Republic', 'CZ', 50.0755, 14.4378],
      ['Denmark', 'DK', 55.6761, 12.5683],
      ['EIRE', 'IE', 53.3498, -6.2603],
      ['Finland', 'FI', 60.1699, 24.9384],
      ['France', 'FR', 48.8566, 2.3522],
      ['Germany', 'DE', 52.52, 13.405],
      ['Greece', 'GR', 37.9838, 23.7275],
      ['Hong Kong', 'HK', 22.3193, 114.1694],
      ['Iceland', 'IS', 64.1466, -21.9426],
      ['Israel', 'IL', 31.7683, 35.2137],
      ['Italy', 'IT', 41.9028, 12.4964],
      ['Japan', 'JP', 35.6762, 139.6503],
      ['Lebanon', 'LB', 33.8938, 35.5018],
      ['Lithuania', 'LT', 54.6872, 25.2797],
      ['Malta', 'MT', 35.8989, 14.5146],
      ['Netherlands', 'NL', 52.3676, 4.9041],
      ['Norway', 'NO', 59.9139, 10.7522],
      ['Poland', 'PL', 52.2297, 21.0122],
      ['Portugal', 'PT', 38.7223, -9.1393],
      ['RSA', 'ZA', -25.7479, 28.2293],
      ['Saudi Arabia', 'SA', 24.7136, 46.6753],
      ['Singapore', 'SG', 1.3521, 103.8198],
      ['Spain', 'ES', 40.4168, -3.7038],
      ['Sweden', 'SE', 59.3293, 18.0686],
      ['Switzerland', 'CH', 46.948, 7.4474],
      ['USA', 'US', 38.9072, -77.0369],
      ['United Arab Emirates', 'AE', 24.4539, 54.3773],
      ['United Kingdom', 'GB', 51.5074, -0.1278],
    ] as const
  ).map(([name, code, lat, lon]) => [name, { code, lat, lon }]),
);

/** Counted while reading and printed at the end; the words say what was done. */
export const RULES = {
  paid: 'invoices → PAID with a captured payment',
  cancelled: 'invoices that begin with C → CANCELLED, negative, a refund without capture',
  badDebt: 'invoices that begin with A → ADJUSTMENT, no payment',
  notPositive: 'other invoices with a total of 0 or less → ADJUSTMENT, no payment',
  customers: 'customers, signed up at their first invoice',
  blankCustomerLines: 'lines without a customer → invoice without one',
  blankCustomerInvoices: 'invoices without a customer',
  zeroPriceLines: 'lines with the price 0 → kept',
  negativeQuantityLines: 'lines with a negative quantity on an invoice that is not C → kept, lower the total',
  thousandthsLines: 'lines priced in thousandths → unit price and line total each rounded half up',
  noDescriptionLines: 'lines without a description → named by their stock code',
  feeLines: 'lines for postage, fees, vouchers → FEE',
  adjustmentLines: 'manual, discount, sample and bad debt lines → ADJUSTMENT',
  splitInvoices: 'invoices whose lines come in two places → one order',
  twoMinuteInvoices: 'invoices whose lines have several times → placed at the first',
  noCountryInvoices: 'invoices to "Channel Islands", "European Community", "Unspecified" → no country',
  assumedPlaces: 'orders given assumed places and weights (--assume)',
  netMinor: 'net value of all invoices, in pence',
} as const;
export type Rule = keyof typeof RULES;
export type RuleCounts = Record<Rule, number>;

/** Nothing counted yet. */
export function noRules(): RuleCounts {
  return Object.fromEntries(Object.keys(RULES).map((rule) => [rule, 0])) as RuleCounts;
}
