import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A certificate and its key, both PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/**
 * A self-signed certificate (RFC 5280) of a fresh Ed25519 key (RFC 8410), good for as long as a certificate can be. It names nobody, and proves
 * nothing: each side of a session proves itself by what it knows, over a value that is this connection's alone.
 */
export function selfSigned(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const ed25519 = sequence(der(0x06, Buffer.from('2b6570', 'hex')))
  const commonName = Buffer.from('550403', 'hex')
  const name = sequence(der(0x31, sequence(der(0x06, commonName), der(0x0c, Buffer.from('referent')))))
  // The years from 2050 on are written in another way.
  const always = sequence(der(0x17, Buffer.from('000101000000Z')), der(0x18, Buffer.from('99991231235959Z')))
  const version3 = der(0xa0, der(0x02, Buffer.of(2)))
  const serial = der(0x02, Buffer.of(1), randomBytes(15))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(version3, serial, ed25519, name, always, name, spki)
  const signature = der(0x03, Buffer.of(0), sign(null, body, privateKey))
  const certificate = sequence(body, ed25519, signature).toString('base64')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts)
}

/** One element in DER (ITU-T X.690), of less than 64 KiB. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const lengths = length < 0x80 ? [] : length < 0x100 ? [0x81] : [0x82, length >> 8]
  return Buffer.concat([Buffer.of(tag, ...lengths, length & 0xff), body])
}
