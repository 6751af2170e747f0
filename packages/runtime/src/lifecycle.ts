/** Starting and stopping a process, for the API, the workers and `npm start`. */

/** Over an IPC channel, asks a process to stop. It is no signal: it may come with one. */
export const STOP_MESSAGE = 'stop';

/**
 * Resolves with the first reason to stop: SIGTERM, SIGINT, a `STOP_MESSAGE`, or the end of the process
 * that started this one with an IPC channel. A second signal exits at once with code 1.
 */
export function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: string) => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    process.on('message', (message) => {
      if (message === STOP_MESSAGE) resolve('asked to stop');
    });
    process.once('disconnect', () => resolve('parent gone'));
    process.channel?.unref(); // listening must not keep the process from ending
  });
}

/** The last resort: ends the process after `ms`, whatever still keeps it open. */
export function exitAfter(ms: number, code = 1): void {
  setTimeout(() => process.exit(code), ms).unref();
}
