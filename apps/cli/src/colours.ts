import { styleText } from 'node:util';

/** Whether a stream is a terminal that shows colours; NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR decide otherwise. */
export function hasColours(stream: NodeJS.WritableStream): boolean {
  return styleText('bold', 'x', { stream }) !== 'x';
}
