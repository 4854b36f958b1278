/**
 * Starts the server as `npm start` does, on the Node.js that runs this, with an embedded database that is new; asks for
 * its health and, by an application that the command line made, for a token; stops it. Usage: smoke.mjs NODE_MAJOR
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const START = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src', 'first-run', 'run.mjs');

assert.equal(process.versions.node.split('.')[0], process.argv[2], 'this runs on another Node.js than it should');
console.log(`Node.js ${process.version}`);

const folder = await mkdtemp(join(tmpdir(), 'latchkey-smoke-'));
const env = { ...process.env, PORT: '0', DATA_DIR: folder };
const server = spawn(process.execPath, [START, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
const ended = new Promise((resolve) => server.once('exit', (code, signal) => resolve(code ?? signal)));

/** The address it prints when it is ready. */
function untilReady() {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk) => {
      output += chunk;
      const [, url] = /Latchkey is ready\s+(http\S+?)\/?\s/.exec(output) ?? [];
      if (url) resolve(url);
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    ended.then((code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
    setTimeout(() => reject(new Error(`the server is not ready after 60 seconds:\n${output}`)), 60_000).unref();
  });
}

async function latchkey(...args) {
  const { stdout } = await run(process.execPath, [START, ...args], { env });
  return stdout;
}

try {
  const url = await untilReady();
  const health = await fetch(`${url}/healthz`);
  assert.equal(health.status, 200);
  console.log(`${url}/healthz ${health.status}`);

  const application = ['--name=Smoke', '--owner=smoke', '--type=confidential', '--grant=client-credentials'];
  const superuser = ['--username=smoke', '--email=smoke@example.com', '--superuser', '--password-stdin'];
  const creating = run(process.execPath, [START, 'user', 'create', ...superuser], { env });
  creating.child.stdin?.end('a password for the smoke test\n');
  await creating;
  const { client_id, client_secret } = JSON.parse(await latchkey('app', 'create', ...application, '--json'));

  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
  const answer = await fetch(`${url}/o/token`, { method: 'POST', body });
  const { token_type, scope } = await answer.json();
  assert.deepEqual([answer.status, token_type, scope], [200, 'Bearer', 'read write groups']);
  console.log(`a client_credentials token: ${token_type}, scope ${scope}`);
} finally {
  server.kill('SIGTERM');
  const code = await ended;
  await rm(folder, { recursive: true, force: true });
  console.log(`the server stopped with ${code}`);
}
