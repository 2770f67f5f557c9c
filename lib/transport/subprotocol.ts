/**
 * The subprotocol (RFC 6455, 1.9) of a WebSocket: with `unbound`, what both sides prove isn't over what binds it to a connection of
 * TLS, which a browser doesn't tell.
 */
export const subprotocol = { bound: 'referent', unbound: 'referent-unbound' } as const
