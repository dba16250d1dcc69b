import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The secrets of an embedded installation, made at its first start and kept beside its data. */
export interface InstallationSecrets {
  adminToken: string;
  keyPepper: string;
  /** Where the admin token can be read by its owner. */
  adminTokenFile: string;
  /** True at the start that made them: the token is printed once. */
  isFirstStart: boolean;
}

/** Reads a secret, or makes it for this user only (mode 600). */
async function secret(file: string): Promise<{ value: string; isNew: boolean }> {
  try {
    return { value: (await readFile(file, 'utf8')).trim(), isNew: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const value = randomBytes(32).toString('base64url');
    await writeFile(file, `${value}\n`, { mode: 0o600, flag: 'wx' });
    return { value, isNew: true };
  }
}

/** The installation's secrets; `given` (ADMIN_TOKEN, KEY_PEPPER) win over the kept ones. */
export async function installationSecrets(
  dataDir: string,
  given: { adminToken?: string | undefined; keyPepper?: string | undefined },
): Promise<InstallationSecrets> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const adminTokenFile = join(dataDir, 'admin-token');
  const token = given.adminToken ? { value: given.adminToken, isNew: false } : await secret(adminTokenFile);
  const pepper = given.keyPepper ? { value: given.keyPepper } : await secret(join(dataDir, 'key-pepper'));
  return { adminToken: token.value, keyPepper: pepper.value, adminTokenFile, isFirstStart: token.isNew };
}
