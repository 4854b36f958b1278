/**
 * Imported before anything else, so that an old Node.js is told so instead of failing somewhere inside a dependency.
 */
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Latchkey needs Node.js 20.19 or newer, and this is ${process.version}. Newer ones are at https://nodejs.org.\n`,
  );
  process.exit(1);
}
