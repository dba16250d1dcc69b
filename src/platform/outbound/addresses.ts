import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Addresses that no tenant may make this process call: its own machine, its network, the cloud's metadata. */
const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  PRIVATE.addSubnet(net, prefix, 'ipv4');
}
/** Only 2000::/3 is given out; of that, what wraps an IPv4 address or is for documents is refused too. */
const PUBLIC_6 = new BlockList();
PUBLIC_6.addSubnet('2000::', 3, 'ipv6');
const REFUSED_6 = new BlockList();
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  REFUSED_6.addSubnet(net, prefix, 'ipv6');
}

/** Whether an IP address is one that everybody can reach; an IPv4 address inside an IPv6 one counts as itself. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !PRIVATE.check(address, 'ipv4');
  if (family !== 6) return false;
  return PUBLIC_6.check(address, 'ipv6') && !REFUSED_6.check(address, 'ipv6');
}

/** The code of calls to addresses that may not be called. */
export const ADDRESS_REFUSED = 'ADDRESS_REFUSED';

const refusal = (): NodeJS.ErrnoException =>
  Object.assign(new Error('The address may not be called.'), { code: ADDRESS_REFUSED });

/**
 * A look-up for sockets that answers with public addresses only: it is asked at the moment of connecting, so that a
 * name cannot be one address when it is checked and another when it is called. One private address refuses the name.
 */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  dnsLookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error) return done(error, []);
    const [first] = found;
    if (!first || !found.every(({ address }) => isPublicAddress(address))) return done(refusal(), []);
    if (options.all) done(null, found);
    else done(null, first.address, first.family);
  });
};
