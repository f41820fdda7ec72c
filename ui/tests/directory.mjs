// SPDX-License-Identifier: Apache-2.0
// A real directory for tests: OpenLDAP's slapd on loopback, in a folder of its own, with one person.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SECRET = 'reader-secret'
const config = (db) => `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "dc=example,dc=com"
maxsize 16777216
directory ${db}
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
`
const entries = (name, password) => `dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: cn=reader,dc=example,dc=com
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${SECRET}

dn: uid=${name},dc=example,dc=com
objectClass: inetOrgPerson
uid: ${name}
cn: ${name}
sn: ${name}
userPassword: ${password}
`
function freePort() {
  return new Promise((done) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => done(port))
    })
  })
}
const answers = (port) =>
  new Promise((done) => {
    const s = connect(port, '127.0.0.1', () => done(true) || s.destroy()).on('error', () => done(false))
  })

/** @returns where it is, with what its reader (cn=reader,dc=example,dc=com) binds, and how it is stopped */
export async function directory(name, password) {
  const folder = mkdtempSync(join(tmpdir(), 'yj-slapd-'))
  const conf = join(folder, 'slapd.conf')
  mkdirSync(join(folder, 'db'))
  writeFileSync(conf, config(join(folder, 'db')))
  writeFileSync(join(folder, 'entries.ldif'), entries(name, password))
  const added = spawnSync('/usr/sbin/slapadd', ['-q', '-f', conf, '-l', join(folder, 'entries.ldif')], { encoding: 'utf8' })
  if (added.status !== 0) throw new Error('slapadd: ' + (added.stderr ?? added.error))
  // Somebody else may take the port before it does: then it ends, and another is tried.
  for (let i = 0; i < 5; i++) {
    const port = await freePort()
    const url = `ldap://127.0.0.1:${port}`
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/sbin/slapd', '-f', conf, '-h', url, '-d', '0'], { stdio: 'ignore' })
    const ended = new Promise((done) => child.once('exit', done))
    while (child.exitCode === null && !(await answers(port))) await new Promise((done) => setTimeout(done, 10))
    if (child.exitCode !== null) continue
    const stop = async () => {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true })
    }
    return { url, secret: SECRET, stop }
  }
  throw new Error('slapd does not start')
}
