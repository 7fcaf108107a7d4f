/** @file The built site on a port of this computer, for the tools and benches that look at it. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Serves `dist/` at a port, and other folders as `prefix=folder`, in a process of its own; resolves, once it answers, with what ends it. Build first. */
export async function serveBuilt(
  port: string | number,
  mounts: readonly string[] = [],
): Promise<() => void> {
  const server = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', 'tools/serve.ts', '--strict-port', '--port', String(port)],
      ...mounts.flatMap((mount) => ['--also', mount]),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
  await new Promise((ready) => server.stdout.once('data', ready));
  return () => server.kill();
}
