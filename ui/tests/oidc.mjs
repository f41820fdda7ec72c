// SPDX-License-Identifier: Apache-2.0
// A provider of OpenID Connect for tests: it knows one person and lets him in where he clicks; he has been there for two hours, unless
// he is asked to sign in again. It is reached by another
// name of this machine than the server, so that it is another site to the browser, as real ones are. The C tests ask a
// real one (glewlwyd).
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'

export async function provider(subject) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const part = (v) => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v)).toString('base64url')
  const begun = new Map()
  const p = { subject, last: '' }
  const server = createServer((q, a) => {
    const url = new URL(q.url, p.issuer)
    const json = (v) => a.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(v))
    if (url.pathname === '/.well-known/openid-configuration')
      return json({
        issuer: p.issuer, authorization_endpoint: p.issuer + '/authorize', token_endpoint: p.issuer + '/token', jwks_uri: p.issuer + '/keys',
        response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'],
      })
    if (url.pathname === '/keys') return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] })
    if (url.pathname === '/authorize') {
      const code = 'code' + begun.size
      begun.set(code, url.searchParams)
      const back = new URL(url.searchParams.get('redirect_uri'))
      back.searchParams.set('code', code)
      back.searchParams.set('state', url.searchParams.get('state'))
      p.last = back.href
      return a.writeHead(200, { 'Content-Type': 'text/html' }).end(`<a id="go" href="${back.href.replaceAll('&', '&amp;')}">go</a>`)
    }
    let body = ''
    q.on('data', (b) => (body += b))
    q.on('end', () => {
      const asked = begun.get(new URLSearchParams(body).get('code'))
      if (!asked) return a.writeHead(400).end('{"error":"invalid_grant"}')
      const now = Math.floor(Date.now() / 1000)
      const said = part({ alg: 'RS256', kid: 'one' }) + '.' + part({ iss: p.issuer, sub: p.subject, aud: 'yunjian', nonce: asked.get('nonce'), auth_time: asked.get('prompt') === 'login' ? now : now - 7200, iat: now, exp: now + 60 })
      json({ access_token: 'x', token_type: 'Bearer', id_token: said + '.' + sign('RSA-SHA256', Buffer.from(said), privateKey).toString('base64url') })
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  p.issuer = `http://localhost:${server.address().port}`
  p.stop = () => new Promise((done) => server.close(done) && server.closeAllConnections())
  return p
}
