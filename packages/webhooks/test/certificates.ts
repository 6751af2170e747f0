import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** An authority made for a test, and certificates that it signs. */
export interface Authority {
  readonly cert: string;
  certify(name: string, options?: { isExpired?: boolean }): Promise<Certificate>;
}

export async function createAuthority(): Promise<Authority> {
  const authority = await generate([{ name: 'commonName', value: 'Deja test authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    cert: authority.cert,
    async certify(name, { isExpired = false } = {}) {
      const days = (count: number) => new Date(Date.now() + count * DAY_MS);
      const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
        keyType: 'ec',
        algorithm: 'sha256',
        notBeforeDate: days(-10),
        notAfterDate: days(isExpired ? -1 : 10),
        ca: { key: authority.private, cert: authority.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
        ],
      });
      return { key, cert };
    },
  };
}
