/** How long to wait, as one says it: '40 seconds', '1 minute', '12 minutes'. Rounded up, so that it is long enough. */
export function describeWait(seconds: number): string {
  const [amount, unit] = seconds < 60 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
