// The production Bluesky server (PDS) with a PLC directory in memory, on loopback only.
//
//   node server.mjs
//
// Prints one JSON line when it is ready and then serves until SIGTERM, SIGINT or the end of its
// standard input:
//
//   {"pds": "http://127.0.0.1:…", "plc": "http://127.0.0.1:…",
//    "accounts": [{"did": "did:plc:…", "handle": "alice.test", "password": "xxxx-xxxx-xxxx-xxxx"}, …],
//    "jwtSecret": "…"}
//
// `password` is an app password; `jwtSecret` signs the sessions, so a test can make an old one.
// All data is in a temporary directory that goes with the process.
//
// package.json gives the server better-sqlite3 13, one major version over the one it asks for:
// 12 has to be compiled here, and aborts the process when compiled with Node 24.19's headers
// (nodejs/node#65446); 13 brings its binaries along and does not use the class at fault.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PDS } from '@atproto/pds'
import plcServer from '@did-plc/server'

const HANDLES = ['alice.test', 'bob.test']

// Part of the server honours a proxy from the environment; everything here is on this machine.
process.env.NO_PROXY = process.env.no_proxy = 'localhost,127.0.0.1'

// The address is needed to configure the application that will answer on it, so the socket comes
// first and the application is attached afterwards; no port is guessed or freed in between.
async function listen() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  return { server, port, url: `http://127.0.0.1:${port}` }
}

async function close({ server }) {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

// The server asks its directory by name only: it takes no bare IP address for a host.
function pdsEnvironment(port, plcPort, directory, jwtSecret) {
  return {
    devMode: true,
    hostname: 'localhost',
    port,
    dataDirectory: directory,
    blobstoreDiskLocation: join(directory, 'blobs'),
    blobstoreDiskTmpLocation: join(directory, 'uploads'),
    didPlcUrl: `http://localhost:${plcPort}`,
    serviceHandleDomains: ['.test'],
    enableDidDocWithSession: true,
    inviteRequired: false,
    rateLimitsEnabled: true,
    jwtSecret,
    adminPassword: secret(),
    dpopSecret: secret(),
    plcRotationKeyK256PrivateKeyHex: secret(),
  }
}

const secret = () => randomBytes(32).toString('hex')

async function call(url, method, body, token) {
  const headers = { 'Content-Type': 'application/json' }
  if (token) headers.Authorization = `Bearer ${token}`
  const answer = await fetch(`${url}/xrpc/${method}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${method}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

async function createAccount(url, handle) {
  const { did, accessJwt } = await call(url, 'com.atproto.server.createAccount', {
    handle,
    email: handle.replace('.test', '@example.com'),
    password: secret(),
  })
  const { password } = await call(
    url,
    'com.atproto.server.createAppPassword',
    { name: 'postclock' },
    accessJwt,
  )
  return { did, handle, password }
}

function stopRequested() {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
    process.stdin.once('end', resolve).once('error', resolve).resume()
  })
}

async function start(stack) {
  const directory = await mkdtemp(join(tmpdir(), 'postclock-pds-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))

  const plcAt = await listen()
  stack.defer(() => close(plcAt))
  const plc = plcServer.PlcServer.create({ db: plcServer.Database.mock() })
  plcAt.server.on('request', plc.app)

  const pdsAt = await listen()
  const jwtSecret = secret()
  const pds = await PDS.fromEnv(pdsEnvironment(pdsAt.port, plcAt.port, directory, jwtSecret))
  stack.defer(() => pds.destroy())
  stack.defer(() => close(pdsAt))
  await pds.ctx.sequencer.start()
  pdsAt.server.on('request', pds.app)

  const accounts = []
  for (const handle of HANDLES) accounts.push(await createAccount(pdsAt.url, handle))
  return { pds: pdsAt.url, plc: plcAt.url, accounts, jwtSecret }
}

const stopped = stopRequested()
{
  await using stack = new AsyncDisposableStack()
  process.stdout.write(`${JSON.stringify(await start(stack))}\n`)
  await stopped
}
process.exit(0)
