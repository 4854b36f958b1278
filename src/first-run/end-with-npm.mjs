// Milliseconds.
const INTERVAL = 500;

/**
 * A server that `npm start` runs ends when npm does, also when npm is killed and cannot pass a signal on: an orphan
 * would keep the port.
 */
export function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) process.kill(process.pid, 'SIGTERM');
  }, INTERVAL).unref();
}
